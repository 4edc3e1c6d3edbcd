import type { DesiredSysctls } from '../../../../protocol/ipvs/fields/sysctls.ts';
import type { Operation } from '../../../netlink/request/operation.ts';
import type { BatchOperation } from '../../batch-operations.ts';
import { type Context, send, sendForOne } from '../../operations/context.ts';
import { missingSysctlError, unreachableSysctlError } from '../../proc/sysctl-files.ts';
import { sysctlsOf } from '../../proc/sysctls.ts';
import * as requests from '../../requests/index.ts';
import type { PlanOptions } from '../options.ts';
import type { DesiredSettings } from './desired-state.ts';
import {
  type ResolvableDifference,
  type SettingsDifference,
  settingDifferences,
} from './setting-differences.ts';

/** The operations that bring the global settings (timeouts, sync daemons, sysctls) to the desired state. */
export interface GlobalSettingsPlan {
  /** The differences, in the order of the operations. */
  readonly differences: readonly SettingsDifference[];
  /**
   * Operations before the services' operations: sysctls, some of which sync daemons read when they start; timeouts;
   * and stopping sync daemons, as the kernel refuses destinations of another family than their service while
   * one is running.
   */
  readonly before: readonly BatchOperation[];
  /** Operations after the services' operations: starting sync daemons. */
  readonly after: readonly BatchOperation[];
  /** The desired global settings. */
  readonly desired: DesiredSettings;
}

/** The plan for a desired state that has none of the global settings. */
export const NO_GLOBAL_SETTINGS: GlobalSettingsPlan = { differences: [], before: [], after: [], desired: {} };

/** Reads those of the global settings that are desired, compares them and plans the operations. */
export function* planGlobalSettings(
  context: Context,
  { timeouts, daemons, sysctls }: DesiredSettings,
  { remove = 'all' }: PlanOptions,
): Operation<GlobalSettingsPlan> {
  const desired: DesiredSettings = { timeouts, daemons, sysctls };
  const all = settingDifferences(
    desired,
    {
      sysctls: sysctls === undefined ? undefined : currentSysctls(context, sysctls),
      timeouts: timeouts === undefined ? undefined : yield* sendForOne(context, requests.getTimeouts()),
      daemons: daemons === undefined ? undefined : yield* send(context, requests.getDaemons()),
    },
    remove === 'all',
  );
  const starts = ({ operations }: ResolvableDifference): boolean =>
    operations.some((operation) => operation.do === 'start-daemon');
  const before = all.filter((difference) => !starts(difference));
  const after = all.filter(starts);
  return {
    differences: [...before, ...after].map(({ difference }) => difference),
    before: before.flatMap(({ operations }) => operations),
    after: after.flatMap(({ operations }) => operations),
    desired,
  };
}

/**
 * Reads the sysctls of the client's network namespace. Throws a `SysctlError` if a desired one does not
 * exist.
 */
function currentSysctls(context: Context, desired: DesiredSysctls): ReturnType<typeof sysctlsOf> {
  const names = Object.keys(desired).filter((name) => desired[name as keyof DesiredSysctls] !== undefined);
  if (names.length === 0) return {};
  if (context.sysctls === undefined) throw unreachableSysctlError(names[0]!);
  const current = sysctlsOf(context.sysctls.read());
  const missing = names.find((name) => current[name] === undefined);
  if (missing !== undefined) throw missingSysctlError(missing);
  return current;
}
