import { printable } from '../../../protocol/netlink/text/printable.ts';
import { diffText, type ServiceDifference } from '../../ipvs/plan/index.ts';
import type { SettingDifference } from './settings.ts';

/** The differences between a table and a file. */
export interface Differences {
  readonly services: readonly ServiceDifference[];
  readonly settings: readonly SettingDifference[];
}

/** Differences as lines for people, with control characters in names escaped. */
export function differencesText({ services, settings }: Differences, colour = false): string {
  return diffText([...services, ...settings.map(asService)].map(printableDifference), { colour });
}

/** The same as data. */
export function differencesJson({ services, settings }: Differences): unknown {
  return { services, settings: settings.map(({ operations: _, ...difference }) => difference) };
}

/** A setting reads like a service without destinations. */
function asService({ change, setting, fields }: SettingDifference): ServiceDifference {
  return { change, service: setting, fields, destinations: [] };
}

function printableDifference(difference: ServiceDifference): ServiceDifference {
  return JSON.parse(JSON.stringify(difference), (_key, value: unknown) =>
    typeof value === 'string' ? printable(value) : value,
  ) as ServiceDifference;
}
