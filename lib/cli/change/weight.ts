import { MAX_WEIGHT } from '../../../protocol/ipvs/index.ts';
import { withClient } from '../kernel/open-client.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import { wholeNumber } from '../parse/values/numbers.ts';
import type { System } from '../system.ts';
import { serverOfService } from './server-of-service.ts';

/** Sets the weight of a real server; see the subcommand's help for the status. */
export async function runWeight(line: SubcommandLine, system: System): Promise<number> {
  const weight = wholeNumber(line.operand, 0, MAX_WEIGHT);
  if (weight === undefined)
    throw new CommandError(`weight ${line.operand}: must be a whole number from 0 to ${MAX_WEIGHT}`);
  const { service, server } = await serverOfService(line, system);
  await withClient(line.location, system, (client) => client.setWeight(service, server, weight));
  return Status.DONE;
}
