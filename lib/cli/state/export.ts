import { desiredFileText } from '../../ipvs/desired-file/index.ts';
import { withClient } from '../kernel/reach.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { System } from '../system.ts';
import { fileFormat, StateStatus } from './options.ts';

/** Writes the live table as a file that `ipvs apply` and `ipvs diff` read. */
export async function runExport(line: SubcommandLine, system: System): Promise<number> {
  return await withClient(line.source, system, async (client) => {
    const { services } = client.dump({ strategy: line.source.strategy });
    system.write(await desiredFileText(services, fileFormat(line)));
    return StateStatus.SAME;
  });
}
