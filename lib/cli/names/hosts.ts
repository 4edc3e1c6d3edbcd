import { readFileSync } from 'node:fs';
import { type Family, formatAddress, parseAddress } from '../../../protocol/ipvs/index.ts';

/** Looks up hosts and addresses: /etc/hosts first, then the name servers, as gethostbyaddr does. */
export interface HostLookup {
  /** The address of a host; undefined where it has none of this family. */
  addressOf(host: string, family: Family): Promise<string | undefined>;
  /** The name of an address; undefined where it has none or nobody answers in time. */
  nameOf(address: string): Promise<string | undefined>;
  /** Cancels the lookups that are under way. */
  cancel(): void;
}

/** Maximum time for all lookups of one listing, in milliseconds. */
export const LOOKUP_TIMEOUT = 5000;
/** Maximum number of lookups at a time. */
const MAX_IN_FLIGHT = 64;

/** The names in /etc/hosts by canonical address; of several lines for one address the first counts. */
export function parseHosts(text: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [address = '', name] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (name === undefined) continue;
    const canonical = canonicalAddress(address);
    if (canonical !== undefined && !names.has(canonical)) names.set(canonical, name);
  }
  return names;
}

function canonicalAddress(text: string): string | undefined {
  try {
    const { family, bytes } = parseAddress('address', text);
    return formatAddress(family, bytes);
  } catch {
    return undefined;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Whether /etc/nsswitch.conf sends lookups of hosts to name servers; Default: true. */
export function asksNameServers(nsswitch: string): boolean {
  const sources = /^[ \t]*hosts:(.*)$/m.exec(nsswitch)?.[1];
  return sources === undefined || /\b(dns|resolve)\b/.test(sources);
}

/** Lookups on this machine. Reverse lookups never hold up the end of the process. */
export async function systemHosts(): Promise<HostLookup> {
  const { lookup, Resolver } = await import('node:dns/promises');
  const hosts = parseHosts(readText('/etc/hosts'));
  const resolver = asksNameServers(readText('/etc/nsswitch.conf'))
    ? new Resolver({ timeout: 2000, tries: 2 })
    : undefined;
  return {
    addressOf: async (host, family) => {
      try {
        return (await lookup(host, { family: family === 'ipv6' ? 6 : 4 })).address;
      } catch {
        return undefined;
      }
    },
    nameOf: async (address) => {
      const known = hosts.get(address);
      if (known !== undefined || resolver === undefined) return known;
      try {
        return (await resolver.reverse(address))[0];
      } catch {
        return undefined;
      }
    },
    cancel: () => resolver?.cancel(),
  };
}

/**
 * Whether a name is one that hosts can have, as the C library asks of answers (`res_hnok`). Whoever has
 * an address decides what name its reverse lookup gives.
 */
function isHostName(name: string): boolean {
  return /^\w[\w.-]{0,254}$/.test(name);
}

/**
 * The names of addresses, many at a time; those without one that a host can have, or not answered in
 * time, are absent.
 */
export async function namesOfAddresses(
  addresses: Iterable<string>,
  lookup: HostLookup,
  timeout: number = LOOKUP_TIMEOUT,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const pending = [...new Set(addresses)];
  let over = false;
  const worker = async (): Promise<void> => {
    for (let address = pending.pop(); address !== undefined && !over; address = pending.pop()) {
      const name = await lookup.nameOf(address);
      if (name !== undefined && isHostName(name) && !over) names.set(address, name);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeout);
  });
  await Promise.race([Promise.all(Array.from({ length: MAX_IN_FLIGHT }, worker)), limit]);
  clearTimeout(timer);
  over = true;
  lookup.cancel();
  return names;
}
