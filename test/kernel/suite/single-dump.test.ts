import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import {
  type BatchOperation,
  DumpInterruptedError,
  Ipvs,
  IpvsSync,
  type ServiceWithDestinations,
} from '../../../lib/index.ts';
import { withClient } from '../../conformance/client.ts';
import { CYCLING_SERVICES, stepsBehind } from '../../conformance/cycling-table.ts';
import { lines, races, serviceAt } from '../../conformance/races.ts';
import {
  assertSameEitherWay,
  equalityTests,
  listTests,
  shaped,
  shapes,
} from '../../conformance/single-dump.ts';
import { fill } from '../../conformance/subject.ts';
import { addNamespace, deleteNamespace, offersSingleDump, unloadIpVs } from './namespace.ts';

const name = 'single-dump-suite';
const netns = `/run/netns/${name}`;
const DUMPS_UNDER_WRITER = Number(process.env.IPVS_LAB_DUMPS ?? 1000);

/** Which part of the proposal's rounds is run: all of them take minutes. */
const ROUNDS_SHARE = Number(process.env.IPVS_LAB_ROUNDS_SHARE ?? 0.1);

/** What a table-changer is told. */
export type ChangerOrder =
  | { readonly order: 'change'; readonly operations: readonly BatchOperation[]; readonly delay: number }
  | { readonly order: 'cycle' }
  | { readonly order: 'stop' };

/** A process of its own that changes the table. */
class Changer {
  readonly #child: ChildProcess;
  /** Rejects when the process has ended. */
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(([status]) => {
      throw new Error(`the table-changer ended with status ${status}`);
    });
    this.#ended.catch(() => undefined);
  }

  static async start(): Promise<Changer> {
    const child = fork(join(import.meta.dirname, 'table-changer.js'), [netns]);
    await once(child, 'message');
    return new Changer(child);
  }

  /** Has it change the table after so many milliseconds; resolves when it has. */
  async change(operations: readonly BatchOperation[], delay: number): Promise<void> {
    const changed = this.#answer();
    this.#order({ order: 'change', operations, delay });
    await changed;
  }

  /** Has it cycle the table without pause. */
  cycle(): void {
    this.#order({ order: 'cycle' });
  }

  /** Stops the cycling; resolves with the number of steps taken. */
  async stop(): Promise<number> {
    const stopped = this.#answer();
    this.#order({ order: 'stop' });
    return (await stopped) as number;
  }

  end(): void {
    this.#child.kill();
  }

  async #answer(): Promise<unknown> {
    const [answer] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    return answer;
  }

  #order(order: ChangerOrder): void {
    this.#child.send(order);
  }
}

function validationTests(): void {
  let client: IpvsSync;
  let changer: Changer;
  before(async () => {
    client = IpvsSync.open({ netns, attempts: 10 });
    changer = await Changer.start();
  });
  after(() => {
    changer.end();
    client.flush();
    client.close();
  });

  for (const { title, table, rounds: all, change } of races) {
    const rounds = Math.ceil(all * ROUNDS_SHARE);
    it(`lists ${title} meanwhile whole or not at all, and everything else once`, async (test: TestContext) => {
      client.flush();
      await fill(client, shaped({ services: table }));
      const started = performance.now();
      let listed = lines(client.dump({ strategy: 'single' }).services);
      const duration = performance.now() - started;
      let retries = 0;
      let seen = 0;
      for (let round = 0; round < rounds; round++) {
        const [operation, undo] = change(round);
        const changed = changer.change([operation], Math.random() * duration);
        const dump = client.dump({ strategy: 'single' });
        await changed;
        assert.equal(dump.consistency, 'verified');
        retries += dump.retries;
        const now = lines(dump.services);
        if (now.join() !== listed.join()) {
          seen++;
          const after = lines(client.dump({ strategy: 'single' }).services);
          assert.equal(now.join('\n'), after.join('\n'), `round ${round}: a table that was never there`);
        }
        for (const outcome of client.batch(undo)) assert.ok(outcome.ok);
        listed = lines(client.dump({ strategy: 'single' }).services);
      }
      test.diagnostic(
        `${rounds} rounds of ${duration.toFixed(0)} ms: ${retries} dumps were retried, ${seen} gave the table as it was after`,
      );
    });
  }
}

function writerTests(): void {
  it(`gives only tables that were there in ${DUMPS_UNDER_WRITER} dumps under a writer without pause`, async (test) => {
    using client = IpvsSync.open({ netns, attempts: 3 });
    client.flush();
    const changer = await Changer.start();
    changer.cycle();
    let [verified, retries, interrupted, torn, latest] = [0, 0, 0, 0, 0];
    for (let dumps = 0; dumps < DUMPS_UNDER_WRITER; dumps++) {
      try {
        const dump = client.dump({ strategy: 'single' });
        retries += dump.retries;
        const steps = stepsBehind(dump.services);
        assert.ok(steps !== undefined, `dump ${dumps}: a table that was never there`);
        if (steps > 0) {
          assert.ok(steps >= latest, `dump ${dumps}: older than the one before`);
          latest = steps;
        }
        verified++;
      } catch (error) {
        if (!(error instanceof DumpInterruptedError)) throw error;
        assert.equal(error.attempts, 3);
        interrupted++;
        if (stepsBehind(error.data as readonly ServiceWithDestinations[]) === undefined) torn++;
      }
    }
    const steps = await changer.stop();
    changer.end();
    assert.ok(steps > CYCLING_SERVICES, `the writer took ${steps} steps`);
    assert.ok(latest <= steps);
    assert.equal(verified + interrupted, DUMPS_UNDER_WRITER);
    test.diagnostic(
      `${steps} steps of the writer; ${verified} dumps ended, after ${retries} retries; ` +
        `${interrupted} were given up after 3 attempts; ${torn} were no table that was ever there`,
    );
  });

  it('survives dumps that are abandoned and sockets that are closed in the middle', async () => {
    const changer = await Changer.start();
    using filler = IpvsSync.open({ netns });
    filler.flush();
    await fill(filler, shaped({ services: [100, 20], marks: [20, 20] }));
    changer.cycle();
    for (let round = 0; round < 30; round++) {
      using client = IpvsSync.open({ netns });
      for (const service of client.stream({ strategy: 'single' })) {
        assert.ok(service.family === 'ipv4');
        break;
      }
      if (round % 3 === 0) assert.ok(client.info().connectionTableSize > 0);
      await using other = await Ipvs.open({ netns });
      for await (const service of other.stream({ strategy: 'single' })) {
        assert.ok(service.family === 'ipv4');
        break;
      }
    }
    await changer.stop();
    changer.end();
    filler.flush();
    assert.deepEqual(filler.dump({ strategy: 'single' }).services, []);
  });
}

if (offersSingleDump()) {
  describe('the single dump', () => {
    before(() => addNamespace(name));
    after(() => {
      deleteNamespace(name);
      unloadIpVs();
    });

    describe('without writers', () => {
      const subject = { open: () => IpvsSync.open({ netns }), interface: 'eth0', singleDump: true };
      withClient(subject, (given) => {
        it('says whether its consistency can be verified', async () => {
          const { consistency } = await given.client.dump({ strategy: 'single' });
          const { generation } = await given.client.info();
          assert.equal(consistency, 'verified');
          assert.equal(typeof generation, 'number');
        });
        equalityTests(given, shapes);
        listTests(given, [1000, 10_000], 120);
        it('agrees with per-service dumps on what it has just changed', async () => {
          await fill(given.client, shaped({ services: [50, 5] }));
          await given.client.updateDestination(serviceAt(3), {
            ...shaped({ services: [50, 5] })[3]![1][2]!,
            weight: 9,
          });
          await given.client.deleteService(serviceAt(7));
          await assertSameEitherWay(given);
        });
      });
    });
    describe('under a writer, as the proposal was validated', validationTests);
    describe('under a writer without pause', writerTests);
  });
}
