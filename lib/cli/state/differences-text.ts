import { printable } from '../../../protocol/netlink/text/printable.ts';
import { diffText, type Plan, type ServiceDifference } from '../../ipvs/plan/index.ts';

/** The differences between a table and a file. */
export interface Differences {
  readonly services: readonly ServiceDifference[];
  readonly settings: Plan['settings'];
}

/** Returns the differences in a plan. */
export function differencesOf({ differences, settings }: Plan): Differences {
  return { services: differences, settings };
}

/** Formats differences as lines, with control characters escaped. */
export function differencesText({ services, settings }: Differences, colour = false): string {
  return diffText([...services, ...settings.map(asService)].map(printableDifference), { colour });
}

/** Returns the difference of a setting in the form of a service without destinations. */
function asService({ change, setting, fields }: Plan['settings'][number]): ServiceDifference {
  return { change, service: setting, fields, destinations: [] };
}

function printableDifference(difference: ServiceDifference): ServiceDifference {
  return JSON.parse(JSON.stringify(difference), (_key, value: unknown) =>
    typeof value === 'string' ? printable(value) : value,
  ) as ServiceDifference;
}
