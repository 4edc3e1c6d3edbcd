import { createHash } from 'node:crypto';
import type { DesiredState, Plan } from '../ipvs/plan/index.ts';
import { counted } from './status.ts';

/** What a plan does, in a line for people: the first of its services by name. */
export function planText({ operations, differences }: Plan): string {
  const counts = (['add', 'change', 'remove'] as const)
    .map((change) => [change, differences.filter((one) => one.change === change).length] as const)
    .filter(([, count]) => count > 0)
    .map(([change, count]) => `${counted(count, 'service')} to ${change}`);
  const named = differences.slice(0, 3).map(({ service }) => service);
  const more = differences.length > named.length ? ', ...' : '';
  return `${counts.join(', ')}: ${named.join(', ')}${more} (${counted(operations.length, 'change')})`;
}

const digests = new WeakMap<DesiredState, string>();

/** Tells states apart by what they say. */
export function digestOf(state: DesiredState): string {
  let digest = digests.get(state);
  if (digest === undefined) {
    digest = createHash('sha256').update(JSON.stringify(state)).digest('hex');
    digests.set(state, digest);
  }
  return digest;
}
