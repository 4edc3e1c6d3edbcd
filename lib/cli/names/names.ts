import type { Family, Protocol } from '../../../protocol/ipvs/index.ts';

/** Names of hosts and ports, both ways, as far as they are known. */
export interface NameLookup {
  /**
   * The address of a host; undefined where it has none. Throws an UnknownHosts when it was not looked up yet.
   */
  addressOf(host: string, family: Family): string | undefined;
  /** The port of a named service (getservbyname); undefined where it has none. */
  portOf(service: string, protocol: Protocol): number | undefined;
}

/** A host by name. */
export interface Host {
  readonly name: string;
  readonly family: Family;
}

/** Names of hosts that have to be looked up before the command line can be read. */
export class UnknownHosts extends Error {
  readonly hosts: readonly Host[];

  constructor(hosts: readonly Host[]) {
    super(`not looked up yet: ${hosts.map(({ name }) => name).join(', ')}`);
    this.name = 'UnknownHosts';
    this.hosts = hosts;
  }
}
