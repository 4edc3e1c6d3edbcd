/** Keeps the table in the state that a file describes, and follows the file. */
import { on } from 'node:events';
import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  type DesiredServices,
  type Ipvs,
  type Reconciler,
  readDesiredServices,
  reconcile,
} from 'ipvs-netlink';

async function* states(file: string, signal: AbortSignal): AsyncGenerator<DesiredServices> {
  // The folder, as editors and deployments put a new file in the place of the old one.
  const changes = on(watch(dirname(file), { signal }), 'change', { signal });
  yield await readDesiredServices(file);
  for await (const [, name] of changes) {
    if (name !== basename(file)) continue;
    try {
      yield await readDesiredServices(file);
    } catch (error) {
      console.error(String(error)); // The last good state stays.
    }
  }
}

export function reconcileFile(ipvs: Ipvs, file: string, signal: AbortSignal): Reconciler {
  const reconciler = reconcile(ipvs, states(file, signal), { signal });
  reconciler.on('applied', ({ sent }) => console.log(`${sent} changes`));
  reconciler.on('failed', ({ error }) => console.error(String(error)));
  return reconciler;
}
