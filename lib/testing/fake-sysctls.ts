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

/** What a network namespace of Linux 6.1 begins with, as Debian builds it. */
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

/** What Linux 6.2 added. */
const ADDED: typeof DEFAULTS = { est_cpulist: '0', est_nice: 0 };

const { ENOENT, EACCES, EINVAL } = constants.errno;

/**
 * The sysctls of a fake kernel: those of its version. It takes the values that a desired state may have, and nothing
 * else happens because of them.
 */
export class FakeSysctls {
  /** The sysctls that cannot be written, as those of the whole machine in a network namespace other than the first. */
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

  /** The texts of all, by name. Throws a SystemCallError while the module is not loaded. */
  read(): ReadonlyMap<string, string> {
    this.#check('open', '');
    return new Map(this.#texts);
  }

  /** Fails as opening it for writing would. */
  open(name: string): void {
    this.#check('open', name);
    if (!this.#texts.has(name)) throw new SystemCallError('open', ENOENT, name);
    if (this.readOnly.has(name)) throw new SystemCallError('open', EACCES, name);
  }

  /** Sets one. Throws a SystemCallError: EINVAL for a value that it does not take. */
  write(name: string, text: string): void {
    this.open(name);
    try {
      checkSysctl(name, sysctlValue(name, text));
    } catch {
      throw new SystemCallError('write', EINVAL, name);
    }
    this.#texts.set(name, text);
  }

  /** Those that are not as they were in the beginning. */
  changed(): Readonly<Record<string, SysctlValue>> {
    const found: Record<string, SysctlValue> = {};
    for (const [name, text] of this.#texts)
      if (text !== this.#defaults.get(name)) found[name] = sysctlValue(name, text);
    return found;
  }

  /** Makes all of them what they were in the beginning. */
  reset(): void {
    for (const [name, text] of this.#defaults) this.#texts.set(name, text);
  }

  #check(syscall: string, name: string): void {
    if (!this.#loaded()) throw new SystemCallError(syscall, ENOENT, name);
  }
}
