import type { Family, Protocol } from '../../../protocol/ipvs/index.ts';

/** Looks up hosts and ports by name. */
export interface NameLookup {
  /**
   * Returns the address of a host; undefined if it has none. Throws an UnknownHosts if it has not been looked
   * up yet.
   */
  addressOf(host: string, family: Family): string | undefined;
  /** Returns the port of a named service (getservbyname); undefined if there is none. */
  portOf(service: string, protocol: Protocol): number | undefined;
}

/** A host by name. */
export interface Host {
  readonly name: string;
  readonly family: Family;
}

/** Hosts have to be looked up before the command line can be parsed. */
export class UnknownHosts extends Error {
  readonly hosts: readonly Host[];

  constructor(hosts: readonly Host[]) {
    super(`not looked up yet: ${hosts.map(({ name }) => name).join(', ')}`);
    this.name = 'UnknownHosts';
    this.hosts = hosts;
  }
}
