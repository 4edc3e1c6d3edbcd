import type { DestinationKey, ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { NameLookup } from '../names/names.ts';
import { resolveNames } from '../names/resolve-names.ts';
import { CommandError } from '../parse/command-error.ts';
import { commandOptions } from '../parse/option-reader.ts';
import { ParsedOptions } from '../parse/parsed-options.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { System } from '../system.ts';

/** A real server of a service. */
export interface ServerOfService {
  readonly service: ServiceKey;
  readonly server: DestinationKey;
}

/**
 * Returns the real server named by the options of a subcommand, the same options as for `-e` (`-t`, `-r` and so
 * on). Rejects with a CommandError.
 */
export async function serverOfService({ options }: SubcommandLine, system: System): Promise<ServerOfService> {
  return await resolveNames((names) => readServer(options, names), system);
}

/**
 * Returns the service named by the options of a subcommand; undefined if there is none. Rejects with a
 * CommandError.
 */
export async function serviceOfLine(
  { options }: SubcommandLine,
  system: System,
): Promise<ServiceKey | undefined> {
  return await resolveNames((names) => parseOptions(options, names).serviceKey(), system);
}

function parseOptions(options: SubcommandLine['options'], names: NameLookup): ParsedOptions {
  const parsed = new ParsedOptions({ names, fromRules: false });
  let service: string | undefined;
  for (const [long, value] of options) {
    const typed = `--${long}`;
    const option = commandOptions.get(typed);
    if (option === undefined || !('name' in option)) continue;
    if (option.name === 'service') {
      if (service !== undefined) throw new CommandError(`${typed}: cannot be used with ${service}`);
      service = typed;
    }
    parsed.add({ option, value, typed });
  }
  return parsed;
}

function readServer(options: SubcommandLine['options'], names: NameLookup): ServerOfService {
  const parsed = parseOptions(options, names);
  const key = parsed.serviceKey();
  if (key === undefined) throw new CommandError('a service is missing: -t, -u, --sctp-service or -f');
  if (parsed.server === undefined) throw new CommandError('a real server is missing: -r');
  const { address, port } = parsed.server;
  return { service: key, server: { address, port } };
}
