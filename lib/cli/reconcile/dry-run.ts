import type { Plan } from '../../ipvs/plan/index.ts';
import type { ReconcilerClient } from '../../ipvs/reconcile/index.ts';

/** Returns a client that passes plans to `show` and returns empty ones, so that nothing is changed. */
export function dryRunClient(client: ReconcilerClient, show: (plan: Plan) => void): ReconcilerClient {
  return {
    async plan(desired, options) {
      const plan = await client.plan(desired, options);
      show(plan);
      return { ...plan, operations: [], differences: [], settings: [], draining: [] };
    },
    apply: (plan, options) => client.apply(plan, options),
  };
}
