import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IpvsSync, type WatchEvent } from '../../../../lib/index.ts';
import { FakeKernel, type FakeKernelOptions } from '../../../../lib/testing/index.ts';
import { Random } from '../../../fuzz/random.ts';
import { changeOf, RecordingWriter, TableEntries } from './writer.ts';

const CHANGES = Number(process.env.IPVS_WATCH_CHANGES ?? 3000);
const SERVICES = 300;
const CHANGES_BETWEEN_READS = 250;
const CHANGES_WITHIN_A_READ = 1;

interface Watched {
  readonly writer: RecordingWriter;
  readonly snapshot: WatchEvent & { readonly event: 'snapshot' };
  /** The next event; unless `quiet`, the table changes CHANGES_WITHIN_A_READ times while it is read. */
  next(quiet?: boolean): WatchEvent;
}

function watchWithWriter(options: FakeKernelOptions): Watched {
  const kernel = new FakeKernel(options);
  const random = new Random(7);
  const writer = new RecordingWriter(
    IpvsSync.open({ transport: kernel.connect() }),
    SERVICES,
    () => random.u32() / 2 ** 32,
  );
  writer.fill();
  const client = IpvsSync.open({ transport: kernel.connect(), attempts: 100 });
  let changesLeft = 0;
  const changeDuringRead = (datagram: number): void => {
    if (datagram < 2 || changesLeft === 0) return;
    changesLeft--;
    // The writer reads, too.
    kernel.onDumpPart = undefined;
    writer.change();
    kernel.onDumpPart = changeDuringRead;
  };
  kernel.onDumpPart = changeDuringRead;
  const events = client.watch({ period: 0 });
  const next = (quiet = false): WatchEvent => {
    changesLeft = quiet ? 0 : CHANGES_WITHIN_A_READ;
    const { value } = events.next();
    changesLeft = 0;
    return value as WatchEvent;
  };
  return { writer, snapshot: next() as Watched['snapshot'], next };
}

/** The table of a snapshot; later changes are applied to it. */
function mirrorOf({ services, time }: Watched['snapshot']): TableEntries {
  const mirror = new TableEntries();
  const apply = (event: WatchEvent): void => {
    const { key, current } = changeOf(event);
    mirror.set(key, current);
  };
  for (const service of services) {
    apply({ event: 'service-added', time, service, current: service });
    for (const destination of service.destinations)
      apply({ event: 'destination-added', time, service, destination, current: destination });
  }
  return mirror;
}

describe('watching recorded changes', () => {
  it('reports exactly the net difference between two reads, with a kernel that counts generations', () => {
    const { writer, snapshot, next } = watchWithWriter({ singleDump: 'nested' });
    assert.equal(snapshot.consistency, 'uninterrupted');
    const mirror = mirrorOf(snapshot);
    assert.equal(mirror.hashSum, writer.model.hashSum);
    while (writer.changes < CHANGES) {
      for (let change = 0; change < CHANGES_BETWEEN_READS; change++) writer.change();
      const reported = new Set<string>();
      let time: Date | undefined;
      // The read that succeeds is one during which nothing changed.
      while (mirror.hashSum !== writer.model.hashSum) {
        const event = next();
        time ??= event.time;
        assert.equal(event.time, time, 'all differences are reported after one read');
        const { key, previous, current } = changeOf(event);
        assert.ok(!reported.has(key), `${key} is reported twice`);
        reported.add(key);
        assert.equal(mirror.entries.get(key), previous, key);
        assert.notEqual(previous, current, key);
        mirror.set(key, current);
      }
    }
  });

  it('reports only differences that occurred, with a kernel that does not count generations', () => {
    const { writer, snapshot, next } = watchWithWriter({});
    const mirror = mirrorOf(snapshot);
    /** The number of changes when the first event of each of the last two reads arrived. */
    let secondLast = 0;
    let last = 0;
    let time: Date | undefined;
    const apply = (event: WatchEvent): void => {
      if (event.time !== time) [secondLast, last, time] = [last, writer.changes, event.time];
      const { key, previous, current } = changeOf(event);
      assert.equal(mirror.entries.get(key), previous, key);
      assert.ok(writer.hadSetting(key, current, secondLast), `${key} never was ${current}`);
      if (previous === undefined)
        assert.ok(writer.hadSetting(key, undefined, secondLast), `${key} existed all the time`);
      mirror.set(key, current);
    };
    while (writer.changes < CHANGES) {
      for (let change = 0; change < CHANGES_BETWEEN_READS; change++) writer.change();
      for (let count = 0; count < CHANGES_BETWEEN_READS / 3; count++) apply(next());
    }
    while (mirror.hashSum !== writer.model.hashSum) apply(next(true));
  });
});
