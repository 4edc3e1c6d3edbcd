import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, family } from '../../../../lib/ipvs/operations/context.ts';
import { DestinationReadAhead } from '../../../../lib/ipvs/operations/destination-read-ahead.ts';
import { records, stream } from '../../../../lib/ipvs/operations/dump.ts';
import { getServicesInto } from '../../../../lib/ipvs/requests/index.ts';
import { IpvsCall } from '../../../../lib/ipvs/requests/ipvs-call.ts';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { TruncatedError } from '../../../../lib/netlink/errors.ts';
import { FamilyDirectory } from '../../../../lib/netlink/families/family-directory.ts';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import { type ServedFakeKernel, serveFakeKernel } from '../../../../lib/testing/index.ts';
import { type RecordCursor, ServiceRecords } from '../../../../protocol/ipvs/index.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { openDescriptorCount } from '../../descriptors.ts';
import { becomesTrue } from '../../netlink/read-ahead/dump-counts.ts';

function serve(counts: readonly number[]): Promise<ServedFakeKernel> {
  const setUp = new URL('./set-up-destinations.js', import.meta.url);
  return serveFakeKernel({ kernel: { version: '6.1' }, setUp, data: counts });
}

/**
 * A client's connection and context, with which a thread is started even for one service. The sockets for dumps wait
 * for the reply, as this kernel does not reply within a write.
 */
function open(served: ServedFakeKernel): { connection: ConnectionSync; context: Context } & Disposable {
  const { portId: peer } = served;
  const transport = Object.assign(served.connect(), {
    openForDumps: () =>
      NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer, omitDone: true, readTimeout: 100 }),
  });
  const connection = new ConnectionSync(transport);
  const context = {
    families: new FamilyDirectory(),
    statistics: connection.stats,
    transport,
    minimumServicesForThread: 1,
  };
  return { connection, context, [Symbol.dispose]: () => connection.close() };
}

/** Reads the services, and starts a thread; resolves when it is ready. */
async function begin({ connection, context }: { connection: ConnectionSync; context: Context }): Promise<{
  readonly services: ServiceRecords;
  readonly ahead: DestinationReadAhead<number>;
}> {
  const ipvsFamily = connection.perform(family(context));
  const services = new ServiceRecords({ mergeRepeated: true });
  connection.run(new IpvsCall(ipvsFamily, getServicesInto(services)));
  const ahead = DestinationReadAhead.start(context, ipvsFamily, services, services);
  assert.ok(ahead !== undefined);
  while (!ahead.ready) await sleep(1);
  return { services, ahead };
}

/** Number of destinations of each service, in the order of ports from 1: kernels list services by their hashes. */
function countsOf(cursor: RecordCursor): number[] {
  const counts: number[] = [];
  while (cursor.nextService()) {
    let count = 0;
    while (cursor.nextDestination()) count++;
    counts[cursor.service.port! - 1] = count;
  }
  return counts;
}

describe('destinations that a thread reads ahead', () => {
  it('are those of their services, with one write and one read for each', async () => {
    const counts = Array.from({ length: 100 }, (_, index) => 1 + (index % 5));
    await using served = await serve(counts);
    const before = openDescriptorCount();
    const client = open(served);
    const { services, ahead } = await begin(client);
    const initial = { ...client.context.statistics };
    for (const index of counts.keys())
      assert.equal(ahead.read(index, index)?.hasDestinations, true, `service ${index}`);
    const { sends, receives, requests } = client.context.statistics;
    assert.deepEqual(
      [sends - initial.sends, receives - initial.receives, requests - initial.requests],
      [100, 100, 100],
    );
    assert.deepEqual(countsOf(services.cursor()), counts);
    ahead.close();
    client.connection.close();
    assert.ok(await becomesTrue(() => openDescriptorCount() === before));
  });

  it('are empty for a service without any, and an error where a datagram is longer than its buffer', async () => {
    const counts = [2, 0, 3, 200, 1];
    await using served = await serve(counts);
    using client = open(served);
    const { services, ahead } = await begin(client);
    const cursor = services.cursor();
    while (cursor.nextService()) {
      const count = counts[cursor.service.port! - 1]!;
      if (count === 200) {
        assert.throws(() => ahead.read(cursor.index, cursor.index), TruncatedError);
        break;
      }
      assert.equal(
        ahead.read(cursor.index, cursor.index)?.hasDestinations,
        count > 0,
        `a service with ${count} destinations`,
      );
    }
    ahead.close();
  });

  it('fail with an error within a second where the kernel is gone', async () => {
    await using served = await serve([1, 1, 1]);
    using client = open(served);
    const { ahead } = await begin(client);
    await served.close();
    assert.throws(() => ahead.read(0, 0), /ECONNREFUSED/);
    ahead.close();
  });

  it('give dumps, records and streams the whole table, whenever the thread starts', async () => {
    const counts = Array.from({ length: 300 }, (_, index) => 1 + (index % 5));
    await using served = await serve(counts);
    const before = openDescriptorCount();
    const client = open(served);
    const { services } = client.connection.perform(records(client.context, { strategy: 'per-service' }));
    assert.deepEqual(countsOf(services.cursor()), counts);
    client.connection.close();
    const other = open(served);
    const connection = new Connection(other.context.transport!);
    const streamed: number[] = [];
    let read = 0;
    const operation = stream({ ...other.context, statistics: connection.stats }, { strategy: 'per-service' });
    for await (const { port, destinations } of connection.stream(operation)) {
      streamed[port! - 1] = destinations.length;
      // Time for the thread to start.
      if (++read === 10) await sleep(100);
    }
    assert.deepEqual(streamed, counts);
    await connection.close();
    assert.ok(await becomesTrue(() => openDescriptorCount() === before));
  });
});
