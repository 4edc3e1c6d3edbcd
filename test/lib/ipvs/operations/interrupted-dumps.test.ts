import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ipvs, IpvsSync, type Transport } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { CONTROLLER_ID } from '../../../../protocol/genetlink/index.ts';
import {
  ByteView,
  HOST_IS_LITTLE_ENDIAN,
  MessageFlag,
  MessageWalker,
} from '../../../../protocol/netlink/index.ts';
import { tableOfSize } from '../../../conformance/single-dump.ts';
import { addDefinitions } from '../../../conformance/subject.ts';

/** Offset of the flags in a message header. */
const FLAGS = 6;

/** A transport that marks the first datagram of the first dump of an IPVS command with NLM_F_DUMP_INTR. */
function interruptedOnce(kernel: FakeKernel): Transport {
  const inner = kernel.connect();
  let isDone = false;
  const marked = (into: Uint8Array, length: number): number => {
    if (isDone || length <= 0) return length;
    const { message } = firstMessage(into.subarray(0, length));
    if (message.type === CONTROLLER_ID || (message.flags & MessageFlag.MULTI) === 0) return length;
    isDone = true;
    new ByteView(into).data.setUint16(FLAGS, message.flags | MessageFlag.DUMP_INTR, HOST_IS_LITTLE_ENDIAN);
    return length;
  };
  return {
    portId: inner.portId,
    repliesWithinSend: inner.repliesWithinSend,
    send: (datagram) => inner.send(datagram),
    receive: (into) => marked(into, inner.receive(into)),
    receiveAsync: async (into) => marked(into, await inner.receiveAsync(into)),
    close: () => inner.close(),
  };
}

function firstMessage(datagram: Uint8Array): MessageWalker {
  const walker = new MessageWalker(new ByteView(datagram));
  assert.ok(walker.next());
  return walker;
}

type Client = Ipvs | IpvsSync;

/** What a method of a client reads, as plain data that can be compared. */
const methods: Readonly<Record<string, (client: Client) => unknown>> = {
  services: (client) => client.services(),
  destinations: (client) => client.destinations(tableOfSize({ services: [3, 200] })[1]![0]),
  daemons: (client) => client.daemons(),
  'dump, single': async (client) => (await client.dump({ strategy: 'single' })).services,
  'dump, per service': async (client) => (await client.dump({ strategy: 'per-service' })).services,
  'records, single': (client) => recordsOf(client, 'single'),
  'records, per service': (client) => recordsOf(client, 'per-service'),
};

async function recordsOf(client: Client, strategy: 'single' | 'per-service'): Promise<unknown[]> {
  const { services } = await client.records({ strategy });
  const cursor = services.cursor();
  const objects: unknown[] = [];
  while (cursor.nextService()) objects.push(cursor.object());
  return objects;
}

describe('a dump that was interrupted', () => {
  const kernel = new FakeKernel({ singleDump: 'nested' });

  for (const [name, open] of Object.entries({
    Ipvs: (transport: Transport): Promise<Ipvs> => Ipvs.open({ transport }),
    IpvsSync: async (transport: Transport): Promise<IpvsSync> => IpvsSync.open({ transport }),
  }))
    for (const [method, read] of Object.entries(methods))
      it(`is read once more, and nothing of the first attempt is left (${name}, ${method})`, async () => {
        using writer = IpvsSync.open({ transport: kernel.connect() });
        writer.flush();
        await addDefinitions(writer, tableOfSize({ services: [3, 200] }));
        if (writer.daemons().length === 0)
          writer.startDaemon({ role: 'master', interface: 'eth0', syncId: 7 });
        const client = await open(interruptedOnce(kernel));
        const expected = await read(writer);
        assert.ok((expected as unknown[]).length > 0);
        assert.deepEqual(await read(client), expected);
        assert.equal(client.stats.retries, 1);
        await client.close();
      });
});
