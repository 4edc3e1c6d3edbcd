import { printable } from '../../../protocol/netlink/text/printable.ts';
import {
  diffText,
  type Plan,
  type ServiceDifference,
  type SettingDifference,
} from '../../ipvs/plan/index.ts';

/** The differences between a table and a file. */
export interface Differences {
  readonly services: readonly ServiceDifference[];
  readonly settings: readonly SettingDifference[];
}

/** The differences that a plan has found. */
export function differencesOf({ differences, settings }: Plan): Differences {
  return { services: differences, settings };
}

/** Differences as lines for people, with control characters in names escaped. */
export function differencesText({ services, settings }: Differences, colour = false): string {
  return diffText([...services, ...settings.map(asService)].map(printableDifference), { colour });
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
