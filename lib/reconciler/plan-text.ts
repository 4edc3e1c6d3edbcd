import { createHash } from 'node:crypto';
import type { DesiredServices, DesiredState, Plan } from '../ipvs/plan/index.ts';
import { counted } from './status.ts';

/** Returns a summary of a plan in one line: it names the first three services, and all settings. */
export function planText({ operations, differences, settings }: Plan): string {
  const counts = (['add', 'change', 'remove'] as const)
    .map(
      (change) => [change, differences.filter((difference) => difference.change === change).length] as const,
    )
    .filter(([, count]) => count > 0)
    .map(([change, count]) => `${counted(count, 'service')} to ${change}`);
  const named = differences.slice(0, 3).map(({ service }) => service);
  const more = differences.length > named.length ? ', ...' : '';
  const services = counts.length === 0 ? [] : [`${counts.join(', ')}: ${named.join(', ')}${more}`];
  const parts = [...services, ...settings.map(({ change, setting }) => `${setting} to ${change}`)];
  return `${parts.join('; ')} (${counted(operations.length, 'change')})`;
}

/** Returns the names of the settings that a desired state has in addition to its services. */
export function settingNames(state: DesiredState): string[] {
  return (['timeouts', 'daemons', 'sysctls'] as const).filter((name) => state[name] !== undefined);
}

const digests = new WeakMap<DesiredServices, string>();

/** Returns a digest of the services of a desired state, by which states with the same services are recognised. */
export function digestOf(services: DesiredServices): string {
  let digest = digests.get(services);
  if (digest === undefined) {
    digest = createHash('sha256').update(JSON.stringify(services)).digest('hex');
    digests.set(services, digest);
  }
  return digest;
}
