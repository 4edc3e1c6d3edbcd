import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IpvsSync, type WatchEvent } from '../../../../lib/index.ts';
import { FakeKernel, type FakeKernelOptions } from '../../../../lib/testing/index.ts';
import { Random } from '../../../fuzz/random.ts';
import { changeOf, ExpectedTable, RecordingWriter } from './writer.ts';

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

function watchedUnderWriter(options: FakeKernelOptions): Watched {
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
  const disturb = (part: number): void => {
    if (part < 2 || changesLeft === 0) return;
    changesLeft--;
    // The writer reads, too.
    kernel.onDumpPart = undefined;
    writer.change();
    kernel.onDumpPart = disturb;
  };
  kernel.onDumpPart = disturb;
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
function mirrorOf({ services, time }: Watched['snapshot']): ExpectedTable {
  const mirror = new ExpectedTable();
  const apply = (event: WatchEvent): void => {
    const { key, is } = changeOf(event);
    mirror.set(key, is);
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
    const { writer, snapshot, next } = watchedUnderWriter({ singleDump: 'nested' });
    assert.equal(snapshot.consistency, 'verified');
    const mirror = mirrorOf(snapshot);
    assert.equal(mirror.hashSum, writer.model.hashSum);
    while (writer.changes < CHANGES) {
      for (let change = 0; change < CHANGES_BETWEEN_READS; change++) writer.change();
      const reported = new Set<string>();
      let time: Date | undefined;
      // The read that succeeds is one that no change disturbed.
      while (mirror.hashSum !== writer.model.hashSum) {
        const event = next();
        time ??= event.time;
        assert.equal(event.time, time, 'all differences are reported after one read');
        const { key, was, is } = changeOf(event);
        assert.ok(!reported.has(key), `${key} is reported twice`);
        reported.add(key);
        assert.equal(mirror.entries.get(key), was, key);
        assert.notEqual(was, is, key);
        mirror.set(key, is);
      }
    }
  });

  it('reports only differences that occurred, with a kernel that does not count generations', () => {
    const { writer, snapshot, next } = watchedUnderWriter({});
    const mirror = mirrorOf(snapshot);
    /** The number of changes when the first event of each of the last two reads arrived. */
    let before = 0;
    let last = 0;
    let time: Date | undefined;
    const apply = (event: WatchEvent): void => {
      if (event.time !== time) [before, last, time] = [last, writer.changes, event.time];
      const { key, was, is } = changeOf(event);
      assert.equal(mirror.entries.get(key), was, key);
      assert.ok(writer.was(key, is, before), `${key} never was ${is}`);
      if (was === undefined) assert.ok(writer.was(key, undefined, before), `${key} was there all the time`);
      mirror.set(key, is);
    };
    while (writer.changes < CHANGES) {
      for (let change = 0; change < CHANGES_BETWEEN_READS; change++) writer.change();
      for (let count = 0; count < CHANGES_BETWEEN_READS / 3; count++) apply(next());
    }
    while (mirror.hashSum !== writer.model.hashSum) apply(next(true));
  });
});
