import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  IpvsSync,
  plan,
  type ServiceWithDestinations,
  type ServiceWithDestinationsDefinition,
} from '../../../../lib/index.ts';
import { addNamespace, deleteNamespace } from '../namespace.ts';

/** Services with one destination each, as in the largest tables of the benchmark published in 2020 (`publishedTables`). */
export function tableToFill(services: number): ServiceWithDestinationsDefinition[] {
  return Array.from({ length: services }, (_, index) => ({
    protocol: 'tcp' as const,
    address: '10.0.0.1',
    port: 30_000 + index,
    scheduler: 'rr',
    destinations: [{ address: '10.0.0.1', port: 10_000 + index, forwarding: 'masq' }],
  }));
}

/** A measurement of filling an empty table. */
export interface FillMeasurement {
  readonly milliseconds: number;
  readonly systemCalls: number;
  /** Share of the processor time that was the kernel's; 0 where it is not known. */
  readonly kernelShare: number;
  /** How long reading the full table took afterwards; applying a plan includes such a read. 0 where it was not measured. */
  readonly readingMilliseconds: number;
}

/** How many system calls a thread has made. */
type SystemCallsOf = (thread: number) => number;

/**
 * Runs `use` with a namespace that nothing was ever removed from: what a flush removes stays in the
 * kernel's trash for a minute or two, where each new destination is looked for (ip_vs_trash_get_dest).
 * The table is emptied before the namespace is deleted, as the kernel would otherwise do so in the background,
 * holding the lock that the next user of IPVS needs (ip_vs_service_nets_cleanup).
 */
function inFreshNamespace<Result>(use: (namespace: string) => Result): Result {
  const namespace = 'filling';
  addNamespace(namespace);
  try {
    const result = use(namespace);
    using client = IpvsSync.open({ netns: `/run/netns/${namespace}` });
    client.flush();
    return result;
  } finally {
    deleteNamespace(namespace);
  }
}

/**
 * Reads the services until two dumps agree: kernels from 7.1 on may still be resizing their hash table, and one dump
 * can then miss some.
 */
function confirmedServices(client: IpvsSync): readonly ServiceWithDestinations[] {
  return client.dump({ confirm: true }).services;
}

/** Fills an empty table by `ipvsadm -R`; the time includes the start of its process. */
export function fillByRestoring(
  table: readonly ServiceWithDestinationsDefinition[],
  systemCallsOf: SystemCallsOf,
): FillMeasurement {
  const lines = table.flatMap(({ port, destinations: [destination] }) => [
    `-A -t 10.0.0.1:${port} -s rr`,
    `-a -t 10.0.0.1:${port} -r 10.0.0.1:${destination!.port} -m -w 1`,
  ]);
  return inFreshNamespace((namespace) => {
    const started = performance.now();
    const { status, stderr, pid } = spawnSync('ip', ['netns', 'exec', namespace, 'ipvsadm', '-R'], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
    });
    const milliseconds = performance.now() - started;
    assert.equal(status, 0, stderr);
    using reader = IpvsSync.open({ netns: `/run/netns/${namespace}` });
    assert.deepEqual(plan(confirmedServices(reader), table).operations, []);
    return { milliseconds, systemCalls: systemCallsOf(pid), kernelShare: 0, readingMilliseconds: 0 };
  });
}

/** Fills an empty table by a client of ours. */
function fillByClient(
  table: readonly ServiceWithDestinationsDefinition[],
  systemCallsOf: SystemCallsOf,
  prepare: (client: IpvsSync) => () => void,
): FillMeasurement {
  return inFreshNamespace((namespace) => {
    using client = IpvsSync.open({ netns: `/run/netns/${namespace}` });
    const fill = prepare(client);
    const callsBefore = systemCallsOf(process.pid);
    const before = process.cpuUsage();
    const started = performance.now();
    fill();
    const milliseconds = performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    const systemCalls = systemCallsOf(process.pid) - callsBefore;
    const readingStarted = performance.now();
    client.dump();
    const readingMilliseconds = performance.now() - readingStarted;
    assert.deepEqual(plan(confirmedServices(client), table).operations, []);
    return { milliseconds, systemCalls, kernelShare: system / (user + system), readingMilliseconds };
  });
}

/** Fills an empty table by a batch. */
export function fillByBatch(
  table: readonly ServiceWithDestinationsDefinition[],
  systemCallsOf: SystemCallsOf,
): FillMeasurement {
  return fillByClient(table, systemCallsOf, (client) => {
    const { operations } = client.plan(table);
    return () => assert.ok(client.batch(operations).every(({ ok }) => ok));
  });
}

/** Fills an empty table by applying a plan, which reads the table again. */
export function fillByApplying(
  table: readonly ServiceWithDestinationsDefinition[],
  systemCallsOf: SystemCallsOf,
): FillMeasurement {
  return fillByClient(table, systemCallsOf, (client) => {
    const fillPlan = client.plan(table);
    return () => {
      // The dump by which `apply` checks the result may miss services while a hash table is resized, so `remaining` is not
      // checked here; the table is compared afterwards.
      assert.deepEqual(client.apply(fillPlan).failures, []);
    };
  });
}
