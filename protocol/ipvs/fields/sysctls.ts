import { FieldError } from '../../netlink/index.ts';

/** Names of the sysctls that hold a number. Not every kernel has all of them. */
export type NumericSysctl =
  | 'am_droprate'
  | 'amemthresh'
  | 'backup_only'
  | 'cache_bypass'
  | 'conn_lfactor'
  | 'conn_max'
  | 'conn_reuse_mode'
  | 'conntrack'
  | 'debug_level'
  | 'drop_entry'
  | 'drop_packet'
  | 'est_nice'
  | 'expire_nodest_conn'
  | 'expire_quiescent_template'
  | 'ignore_tunneled'
  | 'lblc_expiration'
  | 'lblcr_expiration'
  | 'nat_icmp_send'
  | 'pmtu_disc'
  | 'run_estimation'
  | 'schedule_icmp'
  | 'secure_tcp'
  | 'sloppy_sctp'
  | 'sloppy_tcp'
  | 'snat_reroute'
  | 'svc_lfactor'
  | 'sync_persist_mode'
  | 'sync_ports'
  | 'sync_qlen_max'
  | 'sync_refresh_period'
  | 'sync_retries'
  | 'sync_sock_size'
  | 'sync_version';

/** The name of a sysctl of IPVS that this version supports. */
export type SysctlName = NumericSysctl | 'sync_threshold' | 'est_cpulist';

/** The value of a sysctl. */
export type SysctlValue = number | readonly [number, number] | string;

/** Desired values of the sysctls `net.ipv4.vs.*`; absent ones stay unchanged. */
export type DesiredSysctls = { readonly [Name in NumericSysctl]?: number | undefined } & {
  /**
   * Packets after which a connection is synchronised, and the number of further packets after which it is
   * synchronised again; a period of 0 for once only.
   */
  readonly sync_threshold?: readonly [threshold: number, period: number] | undefined;
  /** The processors that estimate rates, such as `0-3,8`. */
  readonly est_cpulist?: string | undefined;
};

/** The values that a sysctl accepts. */
export type SysctlField =
  /** An integer in a range; `only` lists the valid ones if not all are. */
  | {
      readonly kind: 'number';
      readonly minimum: number;
      readonly maximum: number;
      readonly only?: readonly number[];
    }
  /** Two integers, the first less than the second unless the second is 0. */
  | { readonly kind: 'pair'; readonly minimum: number; readonly maximum: number }
  /** A list of processors, such as `0-3,8`. */
  | { readonly kind: 'processors' };

const INT_MAX = 0x7fffffff;
const between = (minimum: number, maximum: number): SysctlField => ({ kind: 'number', minimum, maximum });
const onOrOff = between(0, 1);
/** The modes of a defence against denial of service (`update_defense_level` in ip_vs_ctl.c). */
const defence = between(0, 3);
/** The kernel stores jiffies (at most 1000 per second) in a signed int. */
const seconds = between(0, Math.floor(INT_MAX / 1000));

/**
 * Every sysctl of IPVS with its range: the values that the kernel accepts (`vs_vars` in ip_vs_ctl.c, and its
 * handlers), or, if it accepts any number, those that Documentation/networking/ipvs-sysctl.rst documents.
 */
export const sysctlFields: { readonly [Name in SysctlName]: SysctlField } = {
  am_droprate: between(1, INT_MAX),
  amemthresh: between(0, INT_MAX),
  backup_only: onOrOff,
  cache_bypass: onOrOff,
  conn_lfactor: between(-8, 8),
  conn_max: between(0, 2 ** 30),
  conn_reuse_mode: between(0, 3),
  conntrack: onOrOff,
  debug_level: between(0, INT_MAX),
  drop_entry: defence,
  drop_packet: defence,
  est_cpulist: { kind: 'processors' },
  est_nice: between(-20, 19),
  expire_nodest_conn: onOrOff,
  expire_quiescent_template: onOrOff,
  ignore_tunneled: onOrOff,
  lblc_expiration: seconds,
  lblcr_expiration: seconds,
  nat_icmp_send: onOrOff,
  pmtu_disc: onOrOff,
  run_estimation: onOrOff,
  schedule_icmp: onOrOff,
  secure_tcp: defence,
  sloppy_sctp: onOrOff,
  sloppy_tcp: onOrOff,
  snat_reroute: onOrOff,
  svc_lfactor: between(-8, 8),
  sync_persist_mode: onOrOff,
  sync_ports: { kind: 'number', minimum: 1, maximum: 64, only: [1, 2, 4, 8, 16, 32, 64] },
  sync_qlen_max: between(0, INT_MAX),
  sync_refresh_period: seconds,
  sync_retries: between(0, 3),
  sync_sock_size: between(0, INT_MAX),
  sync_threshold: { kind: 'pair', minimum: 0, maximum: INT_MAX },
  sync_version: onOrOff,
};

/** Pattern of a list of processors. It does not check that ranges are ascending. */
export const PROCESSOR_LIST = '^\\d{1,5}(-\\d{1,5})?(,\\d{1,5}(-\\d{1,5})?)*$';
const processors = new RegExp(PROCESSOR_LIST);
/** A limit above the NR_CPUS of any kernel. */
const MAX_PROCESSORS = 65536;

function isSysctlName(name: string): name is SysctlName {
  return Object.hasOwn(sysctlFields, name);
}

/**
 * Checks the value of a sysctl. Throws a {@link FieldError} that names it `sysctls.NAME`, also for an unknown
 * name.
 */
export function checkSysctl(name: string, value: unknown): asserts value is SysctlValue {
  const refuse = (problem: string): never => {
    throw new FieldError(`sysctls.${name}`, value, problem);
  };
  if (!isSysctlName(name)) return refuse('is not a sysctl of IPVS');
  const field = sysctlFields[name];
  if (field.kind === 'processors') {
    if (typeof value !== 'string' || processorsOf(value) === undefined)
      refuse('must be a list of processors, such as 0-3,8');
    return;
  }
  const { minimum, maximum } = field;
  const isInRange = (number: unknown): boolean =>
    Number.isInteger(number) && (number as number) >= minimum && (number as number) <= maximum;
  if (field.kind === 'number') {
    if (field.only !== undefined && !field.only.includes(value as number))
      refuse(`must be one of ${field.only.join(', ')}`);
    if (!isInRange(value)) refuse(`must be a whole number from ${minimum} to ${maximum}`);
    return;
  }
  if (!Array.isArray(value) || value.length !== 2 || !value.every(isInRange))
    return refuse(`must be a list of two whole numbers from ${minimum} to ${maximum}`);
  const [threshold, period] = value as [number, number];
  if (period !== 0 && threshold >= period) refuse('must be two numbers, the first less than the second');
}

/** Returns the processors of a list, sorted; undefined if the list is malformed. */
function processorsOf(list: string): readonly number[] | undefined {
  if (!processors.test(list)) return undefined;
  const numbers = new Set<number>();
  for (const range of list.split(',')) {
    const [first = 0, last = first] = range.split('-').map(Number);
    if (first > last || last >= MAX_PROCESSORS) return undefined;
    for (let processor = first; processor <= last; processor++) numbers.add(processor);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** Formats a value for the sysctl's file in /proc, without a newline. */
export function sysctlText(value: SysctlValue): string {
  return typeof value === 'object' ? value.join(' ') : String(value);
}

/** Whether two values of a sysctl are equivalent, such as the processors `0,1` and `0-1`. */
export function isSameSysctl(a: SysctlValue, b: SysctlValue): boolean {
  if (sysctlText(a) === sysctlText(b)) return true;
  if (typeof a !== 'string' && typeof b !== 'string') return false;
  const list = processorsOf(String(a));
  return list !== undefined && list.join() === processorsOf(String(b))?.join();
}

/** Parses the contents of a sysctl's file. */
export function sysctlValue(name: string, text: string): SysctlValue {
  const words = text.trim().split(/\s+/);
  if (name === 'est_cpulist' || !words.every((word) => /^-?\d+$/.test(word))) return text.trim();
  const [first, second] = words.map(Number);
  return second === undefined ? first! : [first!, second];
}
