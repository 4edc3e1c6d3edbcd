import type { Family } from '../../../protocol/ipvs/index.ts';
import type { System } from '../system.ts';
import { type Host, type NameLookup, UnresolvedHosts } from './names.ts';
import type { ServicesFile } from './services-file.ts';

/**
 * Calls `read`. If it throws an UnresolvedHosts, looks up those hosts and calls it again, until it throws none.
 */
export async function resolveNames<Result>(
  read: (names: NameLookup) => Result,
  system: System,
): Promise<Result> {
  const resolved = new Map<string, string | undefined>();
  let servicesFile: ServicesFile | undefined;
  const names: NameLookup = {
    addressOf(host: string, family: Family): string | undefined {
      const key = `${family} ${host}`;
      if (!resolved.has(key)) throw new UnresolvedHosts([{ name: host, family }]);
      return resolved.get(key);
    },
    portOf(name, protocol) {
      servicesFile ??= system.servicesFile();
      return servicesFile.portOf(name, protocol);
    },
  };
  for (;;) {
    try {
      return read(names);
    } catch (error) {
      if (!(error instanceof UnresolvedHosts)) throw error;
      const hosts = await system.hostLookup();
      const lookUp = async ({ name, family }: Host): Promise<void> => {
        resolved.set(`${family} ${name}`, await hosts.addressOf(name, family));
      };
      await Promise.all(error.hosts.map(lookUp));
    }
  }
}
