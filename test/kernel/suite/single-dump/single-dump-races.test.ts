import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it, type TestContext } from 'node:test';
import { DumpInterruptedError, Ipvs, IpvsSync, type ServiceWithDestinations } from '../../../../lib/index.ts';
import { concurrentChanges, listingLines } from '../../../conformance/concurrent-changes.ts';
import { CYCLING_SERVICES, stepOfContents } from '../../../conformance/cycling-table.ts';
import { tableOfSize } from '../../../conformance/single-dump.ts';
import { addDefinitions } from '../../../conformance/subject.ts';
import { addNamespace, deleteNamespace, offersSingleDump, unloadIpVsWhenUnused } from '../namespace.ts';
import { Changer } from './changer.ts';
import { isExtra, wereExtraAtSomeStep } from './extra-services.ts';

const name = 'races-suite';
const netns = `/run/netns/${name}`;
const DUMPS_UNDER_WRITER = Number(process.env.IPVS_LAB_DUMPS ?? 400);

/**
 * The share of rounds that is run. The patch proposed for the kernel in 2020 was validated with all of them, which take
 * minutes.
 */
const ROUNDS_SHARE = Number(process.env.IPVS_LAB_ROUNDS_SHARE ?? 0.1);

/** A listing by a dump without NLM_F_DUMP_INTR, and how many dumps before it had the flag. */
interface Listing {
  readonly lines: string;
  readonly interrupted: number;
}

/** Prepares a reader, and returns a function that reads the table. */
type Prepare = (client: IpvsSync) => Promise<() => Promise<Listing>>;

/** Starts the libnl program, and waits until its socket is open. */
async function startProgram(): Promise<() => Promise<Listing>> {
  const child = spawn('ip', ['netns', 'exec', name, 'ipvs-list', '--wait']);
  let [listed, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    listed += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  await once(child.stderr, 'data');
  return async () => {
    child.stdin.end('\n');
    const [status] = await once(child, 'close');
    assert.equal(status, 0, errors);
    return { lines: listed, interrupted: Number(/^(\d+) dumps were interrupted$/m.exec(errors)?.[1] ?? 0) };
  };
}

/** The two readers of the single dump. */
const readers: Readonly<Record<string, Prepare>> = {
  'our client': async (client) => async () => {
    const dump = client.dump({ strategy: 'single' });
    assert.equal(dump.consistency, 'uninterrupted');
    return { lines: listingLines(dump.services).join('\n'), interrupted: dump.retries };
  },
  'the libnl program': startProgram,
};

function validationTests(): void {
  let client: IpvsSync;
  let changer: Changer;
  before(async () => {
    client = IpvsSync.open({ netns, attempts: 10 });
    changer = await Changer.start(netns);
  });
  after(() => {
    changer.end();
    client.flush();
    client.close();
  });

  for (const [reader, prepare] of Object.entries(readers)) {
    for (const { title, table, rounds: all, change } of concurrentChanges) {
      const rounds = Math.ceil(all * ROUNDS_SHARE);
      it(`lists ${title} during the dump completely or not at all, all else once: ${reader}`, async (test: TestContext) => {
        client.flush();
        await addDefinitions(client, tableOfSize({ services: table }));
        const list = async (): Promise<Listing> => (await prepare(client))();
        const readFirst = await prepare(client);
        const started = performance.now();
        let earlier = await readFirst();
        const duration = performance.now() - started;
        let interrupted = 0;
        let showedChange = 0;
        for (let round = 0; round < rounds; round++) {
          const [operation, undo] = change(round);
          const read = await prepare(client);
          const changed = changer.change([operation], Math.random() * duration);
          const now = await read();
          await changed;
          interrupted += now.interrupted;
          if (now.lines !== earlier.lines) {
            showedChange++;
            const later = await list();
            assert.equal(now.lines, later.lines, `round ${round}: a table that was never there`);
          }
          for (const outcome of client.batch(undo)) assert.ok(outcome.ok);
          earlier = await list();
        }
        test.diagnostic(
          `${rounds} rounds of ${duration.toFixed(0)} ms: ${interrupted} dumps were interrupted, ` +
            `${showedChange} gave the table as it was after the change`,
        );
      });
    }
  }
}

/** After how many steps the table was as it was read, without the extra services; undefined if it never was so. */
function stepsOf(services: readonly ServiceWithDestinations[]): number | undefined {
  if (!wereExtraAtSomeStep(services.filter(isExtra))) return undefined;
  return stepOfContents(services.filter((service) => !isExtra(service)));
}

/**
 * Dumps the table while changers change it, and checks that each dump without NLM_F_DUMP_INTR is a table that existed.
 */
async function dumpWhile(test: TestContext, starts: readonly ((changer: Changer) => void)[]): Promise<void> {
  using client = IpvsSync.open({ netns, attempts: 3 });
  client.flush();
  const changers = [];
  for (const startChanging of starts) {
    const changer = await Changer.start(netns);
    startChanging(changer);
    changers.push(changer);
  }
  let [uninterrupted, interrupted, torn, latest] = [0, 0, 0, 0];
  for (let dumps = 0; dumps < DUMPS_UNDER_WRITER; ) {
    try {
      const dump = client.dump({ strategy: 'single' });
      dumps += 1 + dump.retries;
      interrupted += dump.retries;
      const steps = stepsOf(dump.services);
      assert.ok(steps !== undefined, `dump ${dumps}: a table that was never there`);
      if (steps > 0) {
        assert.ok(steps >= latest, `dump ${dumps}: older than the one before`);
        latest = steps;
      }
      uninterrupted++;
    } catch (error) {
      if (!(error instanceof DumpInterruptedError)) throw error;
      assert.equal(error.attempts, 3);
      dumps += error.attempts;
      interrupted += error.attempts;
      if (stepsOf(error.data as readonly ServiceWithDestinations[]) === undefined) torn++;
    }
  }
  const [steps, ...rest] = await Promise.all(changers.map((changer) => changer.stop()));
  for (const changer of changers) changer.end();
  assert.ok(steps! > CYCLING_SERVICES, `the writer took ${steps} steps`);
  assert.ok(latest <= steps!);
  assert.ok(uninterrupted > 0 && interrupted > 0);
  test.diagnostic(
    `${[steps, ...rest].join(' and ')} steps of the writers; ${uninterrupted} dumps were consistent, ` +
      `${interrupted} interrupted; of those that were given up ${torn} were no table that was ever there`,
  );
}

function writerTests(): void {
  it(`gives only tables that existed in ${DUMPS_UNDER_WRITER} dumps under a writer without pause`, (test) =>
    dumpWhile(test, [(changer) => changer.cycle()]));

  it(`gives only tables that existed in ${DUMPS_UNDER_WRITER} dumps under two writers, with hash table resizes`, (test) =>
    dumpWhile(test, [(changer) => changer.cycle(), (changer) => changer.forceResizes()]));

  it('survives dumps that are abandoned and sockets that are closed in the middle', async () => {
    const changer = await Changer.start(netns);
    using filler = IpvsSync.open({ netns });
    filler.flush();
    await addDefinitions(filler, tableOfSize({ services: [100, 20], marks: [20, 20] }));
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
    after(async () => {
      deleteNamespace(name);
      await unloadIpVsWhenUnused();
    });

    describe('under a writer, as the patch proposed in 2020 was validated', validationTests);
    describe('under writers without pause', writerTests);
  });
}
