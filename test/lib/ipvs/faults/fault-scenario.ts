import assert from 'node:assert/strict';
import { constants } from 'node:os';
import {
  type BatchOperation,
  type DumpStrategy,
  Ipvs,
  IpvsNetlinkError,
  IpvsSync,
  KernelError,
  NotSentError,
  type ServiceWithDestinations,
  serviceKeyText,
} from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { addDefinitions, type Definitions } from '../../../conformance/subject.ts';
import { DumpSockets } from '../dump-sockets.ts';
import { FaultyTransport } from './faulty-transport.ts';

type Fault = Parameters<ReturnType<FakeKernel['openSocket']>['setFaults']>[0][number];
type Client = Ipvs | IpvsSync;

/** Pseudo-random numbers from a seed (mulberry32). */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to less than `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
}

type Requests = 'reads' | 'writes' | 'batches';

const STEPS = 8;
const ABORT_REASON = new Error('aborted by the scenario');
/** Time after which a scenario is considered to hang, in milliseconds. */
const TIME_LIMIT = 60_000;

const service = (port: number) => ({ protocol: 'tcp', address: '10.0.0.1', port, scheduler: 'rr' }) as const;

/** Up to 29 services, most with a few destinations and some with so many that they take several datagrams. */
function table(random: Random): Definitions {
  return Array.from({ length: random.below(30) }, (_, index) => [
    service(index + 1),
    Array.from({ length: random.chance(0.05) ? 30 + random.below(90) : random.below(4) }, (__, number) => ({
      address: `10.1.0.${number + 1}`,
      port: 80,
      forwarding: 'masq',
    })),
  ]);
}

/**
 * The faults of the replies. Only replies to single writes are dropped, duplicated or held back: the kernel
 * never does that, and no client could notice it where a request has several replies, or requests share an
 * ack.
 */
function faults(random: Random, requests: Requests): Fault[] {
  return Array.from({ length: random.below(6) }, (): Fault => {
    const datagram = 1 + random.below(requests === 'writes' ? 20 : 60);
    switch (random.below(requests === 'writes' ? 8 : 5)) {
      case 0:
        return { datagram, action: 'foreign', portId: 1 + random.below(5) };
      case 1:
        return { datagram, action: 'stale', sequence: 1_000_000 + random.below(5) };
      case 2:
        return {
          datagram,
          action: 'error',
          errno: random.pick([constants.errno.ENOBUFS, constants.errno.EIO]),
        };
      case 3:
        return { datagram, action: 'malformed-ack' };
      case 4:
        return { datagram, action: 'overrun' };
      case 5:
        return { datagram, action: 'drop' };
      case 6:
        return { datagram, action: 'duplicate' };
      default:
        return { datagram, action: 'hold', datagrams: 1 + random.below(3) };
    }
  });
}

/** Returns the text of a service that was read: its key and the addresses of its destinations. */
function text({ destinations, ...rest }: ServiceWithDestinations): string {
  return `${serviceKeyText(rest as ServiceWithDestinations)} ${destinations.map(({ address }) => address).join()}`;
}

/** Returns the `text` of a service with this definition; the kernel lists the newest destination first. */
function expected([definition, destinations]: Definitions[number]): string {
  const addresses = destinations.map(({ address }) => address).reverse();
  return `${serviceKeyText(definition)} ${addresses.join()}`;
}

/** Fails for an error that is neither an IpvsNetlinkError nor the reason of the abort. */
function checkError(error: unknown): void {
  if (error === ABORT_REASON || (error as Error).cause === ABORT_REASON) return;
  assert.ok(
    error instanceof IpvsNetlinkError,
    `not an IpvsNetlinkError: ${(error as Error)?.stack ?? String(error)}`,
  );
}

/**
 * One client against one fake kernel, everything chosen by the seed: table, faults, requests, deadlines,
 * aborts and closing. Fails if a request hangs, fails with another error than an IpvsNetlinkError, or has
 * a wrong result.
 */
async function runScenario(seed: number, clientName: 'Ipvs' | 'IpvsSync'): Promise<void> {
  const random = new Random(seed);
  const singleDump = random.pick([
    'none',
    'nested',
    'flat-without-dump-intr',
    'nested-without-dump-intr',
  ] as const);
  const kernel = new FakeKernel({ singleDump });
  const definitions = table(random);
  const faultlessClient = IpvsSync.open({ transport: kernel.connect() });
  await addDefinitions(faultlessClient, definitions);
  const requests = random.pick(['reads', 'reads', 'writes', 'batches'] as const);
  const abort = new AbortController();
  const abortAt = random.chance(0.3) ? 1 + random.below(40) : 0;
  const repliesWithinSend = random.chance(0.7);
  const onSend = (count: number): void => {
    if (count === abortAt) abort.abort(ABORT_REASON);
  };
  const dumpSockets = new DumpSockets(kernel, {
    omitsDone: random.chance(0.7),
    faults: faults(random, requests),
    onSend,
  });
  const transport = new FaultyTransport(kernel, {
    repliesWithinSend,
    faults: faults(random, requests),
    receiveBuffer: random.pick([4096, 32_768, 212_992]),
    unsendable: new Set(random.chance(0.2) ? [1 + random.below(20)] : []),
    onSend,
    dumpSockets: repliesWithinSend && random.chance(0.7) ? dumpSockets : undefined,
  });
  if (requests === 'reads' && random.chance(0.2)) changeDuringDumps(kernel, random);
  const changesDuringDumps = kernel.onDumpPart !== undefined;
  const client: Client =
    clientName === 'Ipvs' ? await Ipvs.open({ transport }) : IpvsSync.open({ transport, attempts: 2 });
  const closeAt = random.chance(0.15) ? random.below(STEPS) : -1;
  /** Whether the service with each port was added. */
  const written = new Map<number, 'yes' | 'no' | 'unknown'>();
  const running: Promise<unknown>[] = [];
  for (let step = 0; step < STEPS; step++) {
    // Where replies may never come, something must end the wait.
    const deadline = repliesWithinSend && random.chance(0.7) ? undefined : random.pick([0, 1, 5, 30]);
    const options = { deadline, signal: random.chance(0.5) ? abort.signal : undefined };
    const attempt =
      requests === 'reads'
        ? read(client, random, options, definitions, changesDuringDumps)
        : write(client, random, options, requests === 'batches', 1000 + 100 * step, written);
    if (random.chance(0.5)) await attempt;
    else running.push(attempt);
    if (step === closeAt) await client.close();
  }
  await Promise.all(running);
  await client.close();
  assert.ok(!transport.open);
  assert.equal(dumpSockets.open, 0, 'sockets for dumps are closed');
  kernel.onDumpPart = undefined;
  const ports = new Set(faultlessClient.services().map(({ port }) => port));
  for (const [port, done] of written)
    if (done !== 'unknown') assert.equal(ports.has(port), done === 'yes', `service ${port}: ${done}`);
  faultlessClient.close();
}

/** Lets another writer change the table while it is dumped. */
function changeDuringDumps(kernel: FakeKernel, random: Random): void {
  let nextPort = 20_000;
  const other = IpvsSync.open({ transport: kernel.connect() });
  kernel.onDumpPart = (number) => {
    if (number > 1 && random.chance(0.5)) other.addService(service(nextPort++));
  };
}

type Options = { readonly deadline: number | undefined; readonly signal: AbortSignal | undefined };

async function write(
  client: Client,
  random: Random,
  options: Options,
  batch: boolean,
  firstPort: number,
  written: Map<number, 'yes' | 'no' | 'unknown'>,
): Promise<void> {
  const noteOutcome = (port: number, error?: unknown): void => {
    if (error !== undefined) checkError(error);
    const notDone = error instanceof NotSentError || error instanceof KernelError;
    written.set(port, error === undefined ? 'yes' : notDone ? 'no' : 'unknown');
  };
  if (!batch) {
    try {
      await client.addService(service(firstPort), options);
      noteOutcome(firstPort);
    } catch (error) {
      noteOutcome(firstPort, error);
    }
    return;
  }
  const operations = Array.from({ length: 1 + random.below(90) }, (_, index): BatchOperation => {
    const definition = service(firstPort + index);
    return {
      do: 'add-service',
      service: random.chance(0.9) ? definition : { ...definition, scheduler: 'nonesuch' },
    };
  });
  try {
    const outcomes = await client.batch(operations, options);
    assert.equal(outcomes.length, operations.length);
    for (const [index, outcome] of outcomes.entries())
      noteOutcome(firstPort + index, outcome.ok ? undefined : outcome.error);
  } catch (error) {
    checkError(error);
    for (const index of operations.keys()) written.set(firstPort + index, 'no');
  }
}

async function read(
  client: Client,
  random: Random,
  options: Options,
  definitions: Definitions,
  changesDuringDumps: boolean,
): Promise<void> {
  const strategy = random.pick(['auto', 'per-service', 'single'] satisfies DumpStrategy[]);
  const port = 1 + random.below(definitions.length + 2);
  const expectedTable = definitions.map(expected).sort();
  const requested = definitions[port - 1];
  const compare = (found: readonly string[], all: readonly string[]): void => {
    const sorted = [...found].sort();
    if (!changesDuringDumps) assert.deepEqual(sorted, all);
    else assert.equal(new Set(sorted).size, sorted.length, 'nothing is returned twice');
  };
  try {
    switch (random.below(6)) {
      case 0:
        assert.equal((await client.info(options)).version, '1.2.1');
        break;
      case 1: {
        const found = (await client.services(options)).map(serviceKeyText);
        compare(found, definitions.map(([definition]) => serviceKeyText(definition)).sort());
        break;
      }
      case 2:
        assert.equal((await client.service(service(port), options)).port, requested?.[0].port);
        break;
      case 3: {
        const found = await client.destinations(service(port), options);
        assert.ok(requested !== undefined);
        compare(
          found.map(({ address }) => address),
          requested[1].map(({ address }) => address).sort(),
        );
        break;
      }
      case 4:
        compare((await client.dump({ ...options, strategy })).services.map(text), expectedTable);
        break;
      default: {
        const found: string[] = [];
        const stopAt = random.chance(0.4) ? random.below(10) : -1;
        let stopped = false;
        for await (const item of client.stream({ ...options, strategy })) {
          found.push(text(item));
          stopped = found.length === stopAt;
          if (stopped) break;
        }
        if (!stopped && !changesDuringDumps) compare(found, expectedTable);
      }
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    checkError(error);
    if (error instanceof KernelError && error.errnoName === 'ESRCH') assert.equal(requested, undefined);
  }
}

/** Runs a scenario; fails if it does not end within the time limit. */
export async function runWithTimeLimit(seed: number, clientName: 'Ipvs' | 'IpvsSync'): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs`)), TIME_LIMIT);
  });
  try {
    await Promise.race([runScenario(seed, clientName), hung]);
  } catch (error) {
    throw new Error(`scenario ${seed} of ${clientName} fails`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
