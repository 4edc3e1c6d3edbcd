import { constants } from 'node:os';
import {
  checkSysctl,
  type SysctlName,
  type SysctlValue,
  sysctlText,
  sysctlValue,
} from '../../protocol/ipvs/fields/sysctls.ts';
import { SystemCallError } from '../netlink/errors.ts';
import type { KernelVersion } from './fake-options.ts';

/** The defaults in a new network namespace of Debian's Linux 6.1. */
const DEFAULTS: Readonly<Partial<Record<SysctlName, SysctlValue>>> = {
  am_droprate: 10,
  amemthresh: 1024,
  backup_only: 0,
  cache_bypass: 0,
  conn_reuse_mode: 1,
  conntrack: 0,
  drop_entry: 0,
  drop_packet: 0,
  expire_nodest_conn: 0,
  expire_quiescent_template: 0,
  ignore_tunneled: 0,
  nat_icmp_send: 0,
  pmtu_disc: 1,
  run_estimation: 1,
  schedule_icmp: 0,
  secure_tcp: 0,
  sloppy_sctp: 0,
  sloppy_tcp: 0,
  snat_reroute: 1,
  sync_persist_mode: 0,
  sync_ports: 1,
  sync_qlen_max: 15_000,
  sync_refresh_period: 0,
  sync_retries: 0,
  sync_sock_size: 0,
  sync_threshold: [3, 50],
  sync_version: 1,
};

/** The sysctls that Linux 6.2 added. */
const ADDED: typeof DEFAULTS = { est_cpulist: '0', est_nice: 0 };

const { ENOENT, EACCES, EINVAL } = constants.errno;

/**
 * The sysctls of a fake kernel: those of its version. They accept the values that are valid in a desired
 * state, and have no effect.
 */
export class FakeSysctls {
  /** The read-only sysctls, as the machine-wide ones are in all network namespaces but the initial one. */
  readonly readOnly: Set<string> = new Set();
  readonly #loaded: () => boolean;
  readonly #defaults: ReadonlyMap<string, string>;
  readonly #texts: Map<string, string>;

  constructor(version: KernelVersion, loaded: () => boolean) {
    this.#loaded = loaded;
    const values = version === '6.1' ? DEFAULTS : { ...DEFAULTS, ...ADDED };
    this.#defaults = new Map(Object.entries(values).map(([name, value]) => [name, sysctlText(value)]));
    this.#texts = new Map(this.#defaults);
  }

  /** Returns the contents of all files by name. Throws a SystemCallError while the module is not loaded. */
  read(): ReadonlyMap<string, string> {
    this.#check('open', '');
    return new Map(this.#texts);
  }

  /** Checks that a sysctl can be opened for writing. Throws a SystemCallError if not. */
  checkWritable(name: string): void {
    this.#check('open', name);
    if (!this.#texts.has(name)) throw new SystemCallError('open', ENOENT, name);
    if (this.readOnly.has(name)) throw new SystemCallError('open', EACCES, name);
  }

  /** Writes a sysctl. Throws a SystemCallError, such as EINVAL for an invalid value. */
  write(name: string, text: string): void {
    this.checkWritable(name);
    try {
      checkSysctl(name, sysctlValue(name, text));
    } catch {
      throw new SystemCallError('write', EINVAL, name);
    }
    this.#texts.set(name, text);
  }

  /** Returns the sysctls whose values differ from the defaults. */
  changed(): Readonly<Record<string, SysctlValue>> {
    const changed: Record<string, SysctlValue> = {};
    for (const [name, text] of this.#texts)
      if (text !== this.#defaults.get(name)) changed[name] = sysctlValue(name, text);
    return changed;
  }

  /** Resets all sysctls to their defaults. */
  reset(): void {
    for (const [name, text] of this.#defaults) this.#texts.set(name, text);
  }

  #check(syscall: string, name: string): void {
    if (!this.#loaded()) throw new SystemCallError(syscall, ENOENT, name);
  }
}
