import type { DestinationKey, ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { NameLookup } from '../names/names.ts';
import { resolveNames } from '../names/resolve-names.ts';
import { CommandLineError } from '../parse/command-line-error.ts';
import { commandOptions } from '../parse/option-reader.ts';
import { Settings } from '../parse/settings.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { System } from '../system.ts';

/** A real server of a service. */
export interface ServerOfService {
  readonly service: ServiceKey;
  readonly server: DestinationKey;
}

/**
 * Returns the real server named by the options of a subcommand, which are those of `-e` (`-t`, `-r` and so
 * on). Rejects with a CommandLineError.
 */
export async function serverOfService({ own }: SubcommandLine, system: System): Promise<ServerOfService> {
  return await resolveNames((names) => readServer(own, names), system);
}

/**
 * Returns the service named by the options of a subcommand; undefined if there is none. Rejects with a
 * CommandLineError.
 */
export async function serviceOfLine(
  { own }: SubcommandLine,
  system: System,
): Promise<ServiceKey | undefined> {
  return await resolveNames((names) => readSettings(own, names).serviceKey(), system);
}

function readSettings(own: SubcommandLine['own'], names: NameLookup): Settings {
  const settings = new Settings({ names, saved: false });
  let service: string | undefined;
  for (const [long, value] of own) {
    const typed = `--${long}`;
    const option = commandOptions.get(typed);
    if (option === undefined || !('option' in option)) continue;
    if (option.option === 'service') {
      if (service !== undefined) throw new CommandLineError(`${typed}: cannot be used with ${service}`);
      service = typed;
    }
    settings.take({ option, value, typed });
  }
  return settings;
}

function readServer(own: SubcommandLine['own'], names: NameLookup): ServerOfService {
  const settings = readSettings(own, names);
  const key = settings.serviceKey();
  if (key === undefined) throw new CommandLineError('a service is missing: -t, -u, --sctp-service or -f');
  if (settings.server === undefined) throw new CommandLineError('a real server is missing: -r');
  const { address, port } = settings.server;
  return { service: key, server: { address, port } };
}
