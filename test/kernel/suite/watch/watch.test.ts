import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  Ipvs,
  IpvsSync,
  readStatistics,
  readStatus,
  readSysctls,
  type WatchEvent,
} from '../../../../lib/index.ts';
import { Random } from '../../../fuzz/random.ts';
import { changeOf, RecordingWriter, TableEntries } from '../../../lib/ipvs/watch/writer.ts';
import { addNamespace, deleteNamespace, offersSingleDump } from '../namespace.ts';

const name = 'watch-suite';
const netns = `/run/netns/${name}`;
const CHANGES = Number(process.env.IPVS_LAB_CHANGES ?? 1000);
/** Changes between two turns of the event loop, and between two pauses, which last until some changes were reported. */
const AT_ONCE = 10;
const BETWEEN_PAUSES = 100;
const PAUSE_MS = 100;

/**
 * Makes known changes while the watcher runs. `sums` gets the checksum of every table that existed; `reported` returns
 * how many reads of the watcher have reported changes.
 */
async function write(writer: RecordingWriter, sums: Set<bigint>, reported: () => number): Promise<void> {
  while (writer.changes < CHANGES) {
    for (let change = 0; change < AT_ONCE; change++) {
      writer.change();
      sums.add(writer.model.hashSum);
    }
    await nextTurn();
    if (writer.changes % BETWEEN_PAUSES < AT_ONCE)
      for (const before = reported(); reported() === before; ) await sleep(PAUSE_MS);
  }
}

describe('watching a table under a writer', () => {
  before(() => addNamespace(name));
  after(() => deleteNamespace(name));

  it(`reports ${CHANGES} known changes and invents none`, async () => {
    using client = IpvsSync.open({ netns });
    const random = new Random(11);
    const writer = new RecordingWriter(client, 300, () => random.u32() / 2 ** 32);
    writer.fill();
    const sums = new Set([writer.model.hashSum]);
    const mirror = new TableEntries();
    const abort = new AbortController();
    const counts = { reads: 0, changes: 0, unreadable: 0 };
    await using watcher = await Ipvs.open({ netns });
    let writing: Promise<void> | undefined;
    /** How many changes had been made when each of the last three reads was reported; the read itself was earlier. */
    let thirdLast = 0;
    let secondLast = 0;
    let last = 0;
    let time: Date | undefined;
    const checkEvent = (event: WatchEvent): void => {
      const { key, previous, current } = changeOf(event);
      if (event.time !== time) {
        if (offersSingleDump()) assert.ok(sums.has(mirror.hashSum), 'a table that never was');
        [thirdLast, secondLast, last, time] = [secondLast, last, writer.changes, event.time];
        counts.reads++;
      }
      assert.equal(mirror.entries.get(key), previous, key);
      assert.ok(writer.hadSetting(key, current, thirdLast), `${key} never was ${current}`);
      if (previous === undefined)
        assert.ok(writer.hadSetting(key, undefined, thirdLast), `${key} existed all the time`);
      mirror.set(key, current);
      counts.changes++;
    };
    for await (const event of watcher.watch({ period: 5, signal: abort.signal, deadline: 300_000 })) {
      if (event.event === 'snapshot') {
        for (const service of event.services) {
          mirror.set(...entryOf({ event: 'service-added', time: event.time, service, current: service }));
          for (const destination of service.destinations)
            mirror.set(
              ...entryOf({
                event: 'destination-added',
                time: event.time,
                service,
                destination,
                current: destination,
              }),
            );
        }
        assert.equal(mirror.hashSum, writer.model.hashSum);
        writing = write(writer, sums, () => counts.reads);
      } else if ('service' in event) checkEvent(event);
      else if (event.event === 'unreadable') counts.unreadable++;
      if (writer.changes >= CHANGES && mirror.hashSum === writer.model.hashSum) break;
    }
    await writing;
    assert.ok(counts.reads > 1, JSON.stringify(counts));
    console.log(JSON.stringify(counts));
  });

  it('reads what /proc shows as typed values', () => {
    using client = IpvsSync.open({ netns });
    const sysctls = readSysctls({ netns });
    assert.equal(sysctls.sync_threshold?.length, 2);
    assert.equal(typeof sysctls.expire_nodest_conn, 'number');
    assert.equal(readStatistics({ netns }).connections, 0n);
    const status = readStatus({ netns });
    assert.equal(status?.services.count ?? client.services().length, client.services().length);
    assert.equal(status !== undefined, 'conn_lfactor' in sysctls);
  });
});

function entryOf(event: WatchEvent): [string, string | undefined] {
  const { key, current } = changeOf(event);
  return [key, current];
}
