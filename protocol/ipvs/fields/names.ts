import { AddressFamily, DaemonState, ServiceFlag } from './constants.ts';

/** The address family of a service or destination. */
export type Family = 'ipv4' | 'ipv6';

/** The transport protocol of a service; a number (0-255) if it is not one of the names. */
export type Protocol = 'tcp' | 'udp' | 'sctp' | number;

/**
 * Forwarding method: NAT (`masq`), encapsulation (`tunnel`), direct routing (`direct-route`), delivery on
 * this machine (`local`), or bypassing the balancer (`bypass`, internal to the kernel). A number if it is not
 * one of the names.
 */
export type ForwardingMethod = 'masq' | 'local' | 'tunnel' | 'direct-route' | 'bypass' | number;

/** The encapsulation protocol of a tunnel; a number if it is not one of the names. */
export type TunnelType = 'ipip' | 'gue' | 'gre' | number;

/** Whether the outer header of a tunnel carries a checksum (`remcsum`: remote checksum offload). */
export type TunnelChecksum = 'nocsum' | 'csum' | 'remcsum' | number;

/**
 * Names of the schedulers of Linux since 5.12 (net/netfilter/ipvs/ip_vs_*.c). Other names are valid as well.
 */
export const SCHEDULERS: readonly string[] = [
  ...['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh', 'twos'],
];

/** Flags of a scheduler, by number or by the names that `sh` and `mh` give them. */
export type SchedulerFlag =
  | 'flag-1'
  | 'flag-2'
  | 'flag-3'
  | 'sh-fallback'
  | 'sh-port'
  | 'mh-fallback'
  | 'mh-port';

/** The role of a connection synchronisation daemon. */
export type DaemonRole = 'master' | 'backup';

/** The address families by name, with the numbers of `AF_*`. */
export const FAMILY_NUMBERS: Readonly<Record<Family, number>> = {
  ipv4: AddressFamily.INET,
  ipv6: AddressFamily.INET6,
};

/** The protocols by name, with the numbers of `IPPROTO_*`. */
export const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132 };

/** The forwarding methods by name, with their values in the flags of a connection (`IP_VS_CONN_F_*`). */
export const FORWARDING_NUMBERS: Readonly<Record<string, number>> = {
  masq: 0,
  local: 1,
  tunnel: 2,
  'direct-route': 3,
  bypass: 4,
};

/** The encapsulation protocols by name, with the numbers of `IP_VS_CONN_F_TUNNEL_TYPE_*`. */
export const TUNNEL_TYPE_NUMBERS: Readonly<Record<string, number>> = { ipip: 0, gue: 1, gre: 2 };

/** The checksums of a tunnel by name, with the numbers of `IP_VS_TUNNEL_ENCAP_FLAG_*`. */
export const TUNNEL_CHECKSUM_NUMBERS: Readonly<Record<string, number>> = { nocsum: 0, csum: 1, remcsum: 2 };

/** The roles of a daemon by name, with the numbers of `IP_VS_STATE_*`. */
export const DAEMON_ROLE_NUMBERS: Readonly<Record<DaemonRole, number>> = {
  master: DaemonState.MASTER,
  backup: DaemonState.BACKUP,
};

/** The scheduler flags by name, with the bits of `IP_VS_SVC_F_SCHED*`; `sh` and `mh` name two of the bits. */
export const SCHEDULER_FLAG_BITS: Readonly<Record<SchedulerFlag, number>> = {
  'flag-1': ServiceFlag.SCHEDULER_1,
  'flag-2': ServiceFlag.SCHEDULER_2,
  'flag-3': ServiceFlag.SCHEDULER_3,
  'sh-fallback': ServiceFlag.SCHEDULER_1,
  'sh-port': ServiceFlag.SCHEDULER_2,
  'mh-fallback': ServiceFlag.SCHEDULER_1,
  'mh-port': ServiceFlag.SCHEDULER_2,
};

const NUMBERED_FLAGS: readonly SchedulerFlag[] = ['flag-1', 'flag-2', 'flag-3'];
const NAMED_FLAGS: Readonly<Record<string, readonly SchedulerFlag[]>> = {
  sh: ['sh-fallback', 'sh-port', 'flag-3'],
  mh: ['mh-fallback', 'mh-port', 'flag-3'],
};

const NO_FLAGS: readonly SchedulerFlag[] = Object.freeze([]);
const ALL_FLAG_BITS = 7 << 3;

/** Every combination of the three flags, by scheduler, as lists shared by all services. */
const flagLists = new Map<string, readonly (readonly SchedulerFlag[])[]>();

/** Returns the scheduler flags in a service's flags, by the names that the scheduler gives them. */
export function schedulerFlags(scheduler: string, flags: number): readonly SchedulerFlag[] {
  if ((flags & ALL_FLAG_BITS) === 0) return NO_FLAGS;
  const named = Object.hasOwn(NAMED_FLAGS, scheduler) ? scheduler : '';
  let lists = flagLists.get(named);
  if (lists === undefined) {
    const names = NAMED_FLAGS[named] ?? NUMBERED_FLAGS;
    lists = Array.from({ length: 8 }, (_, bits) =>
      Object.freeze(names.filter((_name, bit) => (bits & (1 << bit)) !== 0)),
    );
    flagLists.set(named, lists);
  }
  return lists[(flags >> 3) & 7]!;
}

/** Inverts a table of numbers by name: a sparse array of names by number. */
export function namesByNumber<Name extends string>(
  numbers: Readonly<Record<string, number>>,
): (Name | undefined)[] {
  const names: (Name | undefined)[] = [];
  for (const [name, number] of Object.entries(numbers)) names[number] = name as Name;
  return names;
}

/** Protocols by number. */
export const PROTOCOL_NAMES: readonly ((Protocol & string) | undefined)[] = namesByNumber(PROTOCOL_NUMBERS);
/** Forwarding methods by number. */
export const FORWARDING_NAMES: readonly ((ForwardingMethod & string) | undefined)[] =
  namesByNumber(FORWARDING_NUMBERS);
/** Tunnel types by number. */
export const TUNNEL_TYPE_NAMES: readonly ((TunnelType & string) | undefined)[] =
  namesByNumber(TUNNEL_TYPE_NUMBERS);
/** Tunnel checksums by number. */
export const TUNNEL_CHECKSUM_NAMES: readonly ((TunnelChecksum & string) | undefined)[] =
  namesByNumber(TUNNEL_CHECKSUM_NUMBERS);

/** Formats the version of IPVS, which the kernel packs into one byte per part, as `1.2.1`. */
export function versionText(version: number): string {
  return [(version >> 16) & 0xff, (version >> 8) & 0xff, version & 0xff].join('.');
}
