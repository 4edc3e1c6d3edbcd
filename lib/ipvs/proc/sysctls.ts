import { readdirSync, readFileSync } from 'node:fs';
import { checkOptions } from '../../netlink/request/check-options.ts';
import { type ProcOptions, procChecks, within } from './proc-file.ts';

const FOLDER = '/proc/sys/net/ipv4/vs';

/** The sysctls whose value is a number. Which of them there are depends on the kernel. */
type NumberName =
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

/**
 * The sysctls `net.ipv4.vs.*` by the kernel's names, which its Documentation/networking/ipvs-sysctl.rst explains. Times
 * are in seconds. A name that is not known here has a number where the value is one, else a text.
 */
export type Sysctls = { readonly [Name in NumberName]?: number } & {
  /** Number of packets after which a connection is first synchronised, and number between later synchronisations. */
  readonly sync_threshold?: readonly [threshold: number, period: number];
  /** The processors that estimate rates, such as `0-3`. */
  readonly est_cpulist?: string;
} & { readonly [name: string]: number | readonly [number, number] | string | undefined };

/**
 * Reads the sysctls of IPVS, `net.ipv4.vs.*`.
 *
 * Throws a SystemCallError: ENOENT where the module is not loaded; a FieldError for bad options.
 */
export function readSysctls(options: ProcOptions = {}): Sysctls {
  checkOptions(options, procChecks);
  return within(options.netns, FOLDER, () => {
    const found: Record<string, Sysctls[string]> = {};
    for (const name of readdirSync(FOLDER).sort()) {
      const text = readValue(`${FOLDER}/${name}`);
      if (text !== undefined) found[name] = sysctlValue(name, text);
    }
    return found as Sysctls;
  });
}

/** The value, or undefined for a sysctl that this user may not read. */
function readValue(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The value of a sysctl from its text. */
export function sysctlValue(name: string, text: string): number | readonly [number, number] | string {
  const words = text.trim().split(/\s+/);
  if (name === 'est_cpulist' || !words.every((word) => /^-?\d+$/.test(word))) return text.trim();
  const [first, second] = words.map(Number);
  return second === undefined ? first! : [first!, second];
}
