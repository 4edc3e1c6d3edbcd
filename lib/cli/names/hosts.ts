import { type Family, formatAddress, parseAddress } from '../../../protocol/ipvs/index.ts';
import { textOfFile } from '../../text/text-file.ts';

/** Looks up hosts and addresses in /etc/hosts and then at the name servers, as gethostbyaddr does. */
export interface HostLookup {
  /** Returns the address of a host; undefined if it has none of this family. */
  addressOf(host: string, family: Family): Promise<string | undefined>;
  /** Returns the name of an address; undefined if it has none or no name server responds in time. */
  nameOf(address: string): Promise<string | undefined>;
  /** Cancels pending lookups. */
  cancel(): void;
}

/** Maximum time for all lookups of one listing, in milliseconds. */
export const LOOKUP_TIMEOUT = 5000;
/** Maximum number of lookups at a time. */
const MAX_IN_FLIGHT = 64;

/** Parses /etc/hosts: returns the names by canonical address. The first line for an address wins. */
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

/** Whether /etc/nsswitch.conf configures name servers for hosts. Default: true. */
export function usesNameServers(nsswitch: string): boolean {
  const sources = /^[ \t]*hosts:(.*)$/m.exec(nsswitch)?.[1];
  return sources === undefined || /\b(dns|resolve)\b/.test(sources);
}

/** Returns a lookup by the configuration of this machine. */
export async function systemHosts(): Promise<HostLookup> {
  const { lookup, Resolver } = await import('node:dns/promises');
  const hosts = parseHosts(textOfFile('/etc/hosts') ?? '');
  const resolver = usesNameServers(textOfFile('/etc/nsswitch.conf') ?? '')
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
      const name = hosts.get(address);
      if (name !== undefined || resolver === undefined) return name;
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
 * Whether a name is a valid host name, by the rule of the C library for DNS responses (`res_hnok`). The owner
 * of an address chooses the name that its reverse lookup returns, so it cannot be trusted.
 */
function isHostName(name: string): boolean {
  return /^\w[\w.-]{0,254}$/.test(name);
}

/**
 * Looks up the names of addresses, many at a time. Addresses without a valid host name, or without a response
 * in time, are absent from the result.
 */
export async function namesOfAddresses(
  addresses: Iterable<string>,
  lookup: HostLookup,
  timeout: number = LOOKUP_TIMEOUT,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const pending = [...new Set(addresses)];
  let timedOut = false;
  const lookUpPending = async (): Promise<void> => {
    for (let address = pending.pop(); address !== undefined && !timedOut; address = pending.pop()) {
      const name = await lookup.nameOf(address);
      if (name !== undefined && isHostName(name) && !timedOut) names.set(address, name);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeout);
  });
  await Promise.race([Promise.all(Array.from({ length: MAX_IN_FLIGHT }, lookUpPending)), limit]);
  clearTimeout(timer);
  timedOut = true;
  lookup.cancel();
  return names;
}
