import type { Family, Protocol } from '../../../protocol/ipvs/index.ts';

/** Looks up hosts and ports by name. */
export interface NameLookup {
  /**
   * Returns the address of a host; undefined if it has none. Throws an UnresolvedHosts if it has not been
   * looked up yet.
   */
  addressOf(host: string, family: Family): string | undefined;
  /** Returns the port with this name in /etc/services (getservbyname); undefined if there is none. */
  portOf(name: string, protocol: Protocol): number | undefined;
}

/** A host by name. */
export interface Host {
  readonly name: string;
  readonly family: Family;
}

/** Hosts have to be looked up before the command line can be parsed. */
export class UnresolvedHosts extends Error {
  readonly hosts: readonly Host[];

  constructor(hosts: readonly Host[]) {
    super(`not looked up yet: ${hosts.map(({ name }) => name).join(', ')}`);
    this.name = 'UnresolvedHosts';
    this.hosts = hosts;
  }
}
