import { type NumberName, type SysctlValue, sysctlValue } from '../../../protocol/ipvs/fields/sysctls.ts';
import { checkOptions } from '../../netlink/request/check-options.ts';
import { type ProcOptions, procChecks } from './proc-file.ts';
import { kernelSysctls } from './sysctl-files.ts';

/**
 * The sysctls `net.ipv4.vs.*` by the kernel's names, which its Documentation/networking/ipvs-sysctl.rst explains. Times
 * are in seconds. A name that is not known here has a number where the value is one, else a text.
 */
export type Sysctls = { readonly [Name in NumberName]?: number } & {
  /** Number of packets after which a connection is first synchronised, and number between later synchronisations. */
  readonly sync_threshold?: readonly [threshold: number, period: number];
  /** The processors that estimate rates, such as `0-3`. */
  readonly est_cpulist?: string;
} & { readonly [name: string]: SysctlValue | undefined };

/**
 * Reads the sysctls of IPVS, `net.ipv4.vs.*`.
 *
 * Throws a SystemCallError: ENOENT where the module is not loaded; a FieldError for bad options.
 */
export function readSysctls(options: ProcOptions = {}): Sysctls {
  checkOptions(options, procChecks);
  return sysctlsOf(kernelSysctls(options.netns).read());
}

/** The values of sysctls from their texts. */
export function sysctlsOf(texts: ReadonlyMap<string, string>): Sysctls {
  const found: Record<string, SysctlValue> = {};
  for (const [name, text] of texts) found[name] = sysctlValue(name, text);
  return found as Sysctls;
}
