import type { DesiredSysctls } from '../../../../protocol/ipvs/fields/sysctls.ts';
import type { Operation } from '../../../netlink/request/operation.ts';
import type { BatchOperation } from '../../batch-operations.ts';
import { ask, askOne, type Context } from '../../operations/context.ts';
import { missingSysctl, unreachableSysctl } from '../../proc/sysctl-files.ts';
import { sysctlsOf } from '../../proc/sysctls.ts';
import * as requests from '../../requests/index.ts';
import type { PlanOptions } from '../options.ts';
import type { DesiredSettings } from './desired-table.ts';
import { type SettingDifference, type SettledDifference, settingDifferences } from './setting-differences.ts';

/** The operations that bring the settings beside the services to the desired state. */
export interface SettingsPlan {
  /** What differs, in the order of the operations. */
  readonly differences: readonly SettingDifference[];
  /**
   * What is done before the services: sysctls, which sync daemons read some of when they start, timeouts, and the end of
   * sync daemons. While one runs the kernel refuses destinations of another family than their service.
   */
  readonly before: readonly BatchOperation[];
  /** What is done after the services: sync daemons that start. */
  readonly after: readonly BatchOperation[];
  /** The settings that are desired. */
  readonly desired: DesiredSettings;
}

/** The plan where no setting is desired. */
export const NO_SETTINGS: SettingsPlan = { differences: [], before: [], after: [], desired: {} };

/** Compares the desired settings with the current ones and plans the operations; sends no request where none is desired. */
export function* planSettings(
  context: Context,
  { timeouts, daemons, sysctls }: DesiredSettings,
  { remove = 'all' }: PlanOptions,
): Operation<SettingsPlan> {
  const desired: DesiredSettings = { timeouts, daemons, sysctls };
  const all = settingDifferences(
    desired,
    {
      sysctls: sysctls === undefined ? undefined : currentSysctls(context, sysctls),
      timeouts: timeouts === undefined ? undefined : yield* askOne(context, requests.getTimeouts()),
      daemons: daemons === undefined ? undefined : yield* ask(context, requests.getDaemons()),
    },
    remove === 'all',
  );
  const starts = ({ operations }: SettledDifference): boolean =>
    operations.some((operation) => operation.do === 'start-daemon');
  const before = all.filter((settled) => !starts(settled));
  const after = all.filter(starts);
  return {
    differences: [...before, ...after].map(({ difference }) => difference),
    before: before.flatMap(({ operations }) => operations),
    after: after.flatMap(({ operations }) => operations),
    desired,
  };
}

/** The sysctls of the client's network namespace. Throws a `SysctlError` where a desired one is not among them. */
function currentSysctls(context: Context, desired: DesiredSysctls): ReturnType<typeof sysctlsOf> {
  const names = Object.keys(desired).filter((name) => desired[name as keyof DesiredSysctls] !== undefined);
  if (names.length === 0) return {};
  if (context.sysctls === undefined) throw unreachableSysctl(names[0]!);
  const current = sysctlsOf(context.sysctls.read());
  const missing = names.find((name) => current[name] === undefined);
  if (missing !== undefined) throw missingSysctl(missing);
  return current;
}
