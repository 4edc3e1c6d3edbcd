import type { Family } from '../../../protocol/ipvs/index.ts';
import type { System } from '../system.ts';
import { type Host, type NameLookup, UnknownHosts } from './names.ts';
import type { ServicesFile } from './services-file.ts';

/**
 * Calls `read`. If it throws an UnknownHosts, looks up those hosts and calls it again, until it throws none.
 */
export async function resolveNames<Result>(
  read: (names: NameLookup) => Result,
  system: System,
): Promise<Result> {
  const known = new Map<string, string | undefined>();
  let services: ServicesFile | undefined;
  const names: NameLookup = {
    addressOf(host: string, family: Family): string | undefined {
      const key = `${family} ${host}`;
      if (!known.has(key)) throw new UnknownHosts([{ name: host, family }]);
      return known.get(key);
    },
    portOf(service, protocol) {
      services ??= system.services();
      return services.portOf(service, protocol);
    },
  };
  for (;;) {
    try {
      return read(names);
    } catch (error) {
      if (!(error instanceof UnknownHosts)) throw error;
      const lookup = await system.hosts();
      const lookUp = async ({ name, family }: Host): Promise<void> => {
        known.set(`${family} ${name}`, await lookup.addressOf(name, family));
      };
      await Promise.all(error.hosts.map(lookUp));
    }
  }
}
