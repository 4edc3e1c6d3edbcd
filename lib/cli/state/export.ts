import { checkSysctl, type DesiredSysctls, type SysctlValue } from '../../../protocol/ipvs/fields/sysctls.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import { desiredFileText } from '../../ipvs/desired-file/index.ts';
import type { DesiredSettings } from '../../ipvs/plan/index.ts';
import { didYouMean } from '../../text/closest-name.ts';
import { withClient } from '../kernel/reach.ts';
import { CommandLineError } from '../parse/command-line-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { Client, System } from '../system.ts';
import { fileFormat, StateStatus } from './options.ts';

const SETTINGS = ['timeouts', 'daemons', 'sysctls'] as const;
type Setting = (typeof SETTINGS)[number];

/** Writes the live table as a file that `ipvs apply` and `ipvs diff` read. */
export async function runExport(line: SubcommandLine, system: System): Promise<number> {
  const wanted = settingsOf(line.own.get('with'));
  return await withClient(line.source, system, async (client) => {
    const { services } = client.dump({ strategy: line.source.strategy });
    const settings: DesiredSettings = {
      timeouts: wanted.has('timeouts') ? client.timeouts() : undefined,
      daemons: wanted.has('daemons') ? client.daemons() : undefined,
      sysctls: wanted.has('sysctls') ? exportedSysctls(client, system) : undefined,
    };
    system.write(await desiredFileText(services, fileFormat(line), settings));
    return StateStatus.SAME;
  });
}

/** The settings that `--with` names. Throws a CommandLineError for a word that is none. */
function settingsOf(list: string | undefined): ReadonlySet<Setting> {
  const wanted = new Set<Setting>();
  for (const word of list?.split(',') ?? []) {
    const known = word === 'all' ? SETTINGS : SETTINGS.filter((setting) => setting === word);
    if (known.length === 0) {
      const hint = didYouMean(word, [...SETTINGS, 'all']);
      throw new CommandLineError(`--with ${word}: must be all, or some of ${SETTINGS.join(', ')}${hint}`);
    }
    for (const setting of known) wanted.add(setting);
  }
  return wanted;
}

/** The sysctls that a file may have; others are named on standard error. */
function exportedSysctls(client: Client, system: System): DesiredSysctls {
  const found: Record<string, SysctlValue> = {};
  for (const [name, value] of Object.entries(client.sysctls())) {
    try {
      checkSysctl(name, value);
      found[name] = value;
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      system.writeError(`ipvs: not exported: ${error.message}`);
    }
  }
  return found;
}
