import { type NumericSysctl, type SysctlValue, sysctlValue } from '../../../protocol/ipvs/fields/sysctls.ts';
import { checkOptions } from '../../netlink/request/check-options.ts';
import { type ProcOptions, procChecks } from './proc-file.ts';
import { kernelSysctls } from './sysctl-files.ts';

/**
 * The sysctls `net.ipv4.vs.*` by name, see the kernel's Documentation/networking/ipvs-sysctl.rst. Times are
 * in seconds. The value of a sysctl unknown to this library version is a number if it looks like one, otherwise a
 * string.
 */
export type Sysctls = { readonly [Name in NumericSysctl]?: number } & {
  /**
   * Number of packets after which a connection is first synchronised, and number between later
   * synchronisations.
   */
  readonly sync_threshold?: readonly [threshold: number, period: number];
  /** The processors that estimate rates, such as `0-3`. */
  readonly est_cpulist?: string;
} & { readonly [name: string]: SysctlValue | undefined };

/**
 * Reads the sysctls of IPVS, `net.ipv4.vs.*`.
 *
 * Throws a SystemCallError, such as ENOENT if the module is not loaded; a FieldError for invalid options.
 */
export function readSysctls(options: ProcOptions = {}): Sysctls {
  checkOptions(options, procChecks);
  return sysctlsOf(kernelSysctls(options.netns).read());
}

/** Parses the values of sysctls. */
export function sysctlsOf(texts: ReadonlyMap<string, string>): Sysctls {
  const sysctls: Record<string, SysctlValue> = {};
  for (const [name, text] of texts) sysctls[name] = sysctlValue(name, text);
  return sysctls as Sysctls;
}
