import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Random } from '../../../../bench/sampling/random.ts';
import { FamilyNotFoundError, IpvsSync, type ServiceWithDestinations } from '../../../../lib/index.ts';
import {
  DESTINATION_PREFIX,
  destinationName,
  OUR_ADDRESS,
  serviceName,
} from '../../../lib/reconciler/faults/desired.ts';
import { type ProcessHarness, ProcessScenario } from '../../../lib/reconciler/faults/process-scenario.ts';
import type { FaultySource } from '../../../lib/reconciler/faults/sources.ts';
import type { ObservedTable } from '../../../lib/reconciler/faults/table-checker.ts';
import { ETCD_ADDRESS } from '../fleet/etcd-server.ts';
import { addNamespace, deleteNamespace, run, runIn, unloadIpVs, unloadIpVsWhenUnused } from '../namespace.ts';
import { FaultyEtcdServer } from './faulty-etcd-server.ts';

const name = 'reconciler-faults-suite';
const netns = `/run/netns/${name}`;
const launcher = join(import.meta.dirname, '../../../../lib/cli/launcher.cjs');
/** Up to this number, all faults are with a file or folder as source; if there are more, half are with a real etcd. */
const DEFAULT_FAULTS = 3;
const FAULTS = Number(process.env.IPVS_LAB_FAULTS ?? DEFAULT_FAULTS);
const ETCD_FAULTS: number = FAULTS > DEFAULT_FAULTS ? Math.floor(FAULTS / 2) : 0;
const SEED = Number(process.env.IPVS_FAULT_SEED ?? 1);
const UNLOAD_TRIES = 100;

/** Sends datagrams to all of our services, to which nobody answers. */
const DATAGRAMS = `for port in {1..8}; do for sent in {1..8}; do echo x >/dev/udp/${OUR_ADDRESS}/$port; done; done`;
const execute = promisify(execFile);
/** Timeout of UDP connections in seconds: longer than the suite, so that none ends while a drain waits for it. */
const UDP_TIMEOUT = 86_400;

/**
 * Reads the services when each has a scheduler: the kernel takes the old one off a service before it sets the new one
 * (`ip_vs_edit_service`), and a dump between the two reads `none`.
 */
function settledServices(client: IpvsSync): readonly ServiceWithDestinations[] {
  for (;;) {
    const { services } = client.dump();
    if (services.every(({ scheduler }) => scheduler !== 'none')) return services;
  }
}

/** Reads the table; an empty one where ip_vs is not loaded. */
function read(client: IpvsSync): ObservedTable {
  const table = new Map<string, string>();
  const withoutConnections = new Set<string>();
  try {
    for (const { destinations, ...service } of settledServices(client)) {
      const key = serviceName(service.address ?? '', service.port ?? 0);
      table.set(key, service.scheduler);
      for (const destination of destinations) {
        const destinationKey = destinationName(
          key,
          Number(destination.address.slice(DESTINATION_PREFIX.length)),
        );
        table.set(destinationKey, String(destination.weight));
        const { activeConnections, inactiveConnections, persistentConnections } = destination;
        if (activeConnections + inactiveConnections + persistentConnections === 0)
          withoutConnections.add(destinationKey);
      }
    }
  } catch (error) {
    if (!(error instanceof FamilyNotFoundError)) throw error;
  }
  return { table, withoutConnections };
}

/** Empties the table and removes ip_vs; services that were deleted hold it for a moment longer. */
function unload(client: IpvsSync): void {
  client.flush();
  for (let tries = 1; ; tries++) {
    try {
      unloadIpVs();
      return;
    } catch (error) {
      if (tries === UNLOAD_TRIES) throw error;
      execFileSync('sleep', ['0.1']);
    }
  }
}

describe('ipvs reconcile under faults leaves all services as before or as desired, and in the end as desired', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reconciler-faults-'));

  before(async () => {
    addNamespace(name);
    // What is left of other suites would hold the module.
    await unloadIpVsWhenUnused();
    run('modprobe', 'ip_vs');
    runIn(name, 'ip', 'address', 'add', `${OUR_ADDRESS}/32`, 'dev', 'lo');
    runIn(name, 'ip', 'route', 'add', `${DESTINATION_PREFIX}0/24`, 'dev', 'eth0');
    run('ip', 'link', 'set', 'lo', 'up');
    run('ip', 'address', 'add', `${ETCD_ADDRESS}/32`, 'dev', 'lo');
  });
  after(() => {
    deleteNamespace(name);
    run('ip', 'address', 'delete', `${ETCD_ADDRESS}/32`, 'dev', 'lo');
    rmSync(folder, { recursive: true });
  });

  async function runFaults(
    t: TestContext,
    faults: number,
    seed: number,
    source?: FaultySource,
  ): Promise<void> {
    const client = IpvsSync.open({ netns });
    const harness: ProcessHarness = {
      client,
      read: () => read(client),
      watch: () => undefined,
      command: (args) => [process.execPath, launcher, '--netns', name, ...args],
      unload: () => unload(client),
      load: () => void run('modprobe', 'ip_vs'),
      makeConnections: async () => {
        // The module may have been loaded anew.
        client.setTimeouts({ udp: UDP_TIMEOUT });
        await execute('ip', ['netns', 'exec', name, 'bash', '-c', `${DATAGRAMS}; true`]);
      },
    };
    const scenario = new ProcessScenario(new Random(seed), harness, source);
    try {
      await scenario.run(faults);
      t.diagnostic(`${faults} faults, ${scenario.kills} kills; ${scenario.drained} drains`);
    } catch (error) {
      const steps = scenario.steps.join('\n');
      throw new Error(`${(error as Error).message}; after:\n${steps}`, { cause: error });
    } finally {
      await scenario.close();
      client.flush();
      client.close();
    }
  }

  it('from a file or folder', async (t) => {
    await runFaults(t, FAULTS - ETCD_FAULTS, SEED);
  });

  if (ETCD_FAULTS > 0)
    it('from etcd', async (t) => {
      await runFaults(t, ETCD_FAULTS, SEED + 1, await FaultyEtcdServer.start(folder));
    });
});
