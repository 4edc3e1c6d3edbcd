import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ClosedError,
  type ConnectionEntry,
  DeadlineError,
  Ipvs,
  IpvsSync,
  SystemCallError,
} from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { collect } from '../../../conformance/subject.ts';

const ROWS = [
  'TCP C6336407 9C40 C0000201 0050 0A000001 1F90 ESTABLISHED     899',
  'TCP C6336408 9C41 C0000201 01BB 0A000002 1F90 FIN_WAIT         12',
  'UDP C6336507 D431 C0000201 0035 0A000001 0035 UDP             299',
];
const ROW_COUNT = 6000;

const kernel = new FakeKernel();
kernel.connections = `${Array.from({ length: ROW_COUNT }, (_, index) => ROWS[index % ROWS.length]).join('\n')}\n`;

/** The client address of the first entry; the rest of the stream is not read. */
async function first(stream: AsyncIterable<ConnectionEntry> | Iterable<ConnectionEntry>): Promise<unknown> {
  for await (const { client } of stream) return client.address;
  return undefined;
}

for (const clientClass of [Ipvs, IpvsSync])
  describe(`connections of ${clientClass.name}`, () => {
    const withClient = async (use: (client: Ipvs | IpvsSync) => Promise<void>): Promise<void> => {
      const client = await clientClass.open({ transport: kernel.connect() });
      try {
        await use(client);
      } finally {
        await client.close();
      }
    };

    it('match a filter, and no request is sent', () =>
      withClient(async (client) => {
        assert.equal((await collect(client.connections())).length, ROW_COUNT);
        const found = await collect(client.connections({ client: '198.51.100.0/24', state: 'fin_wait' }));
        assert.equal(found.length, ROW_COUNT / 3);
        assert.deepEqual(found[0]!.client, { family: 'ipv4', address: '198.51.100.8', port: 40001 });
        assert.equal(await first(client.connections({ protocol: 'udp' })), '198.51.101.7');
        assert.equal(client.stats.sends, 0);
      }));

    it('are not read after the deadline, an abort or the closing of the client', () =>
      withClient(async (client) => {
        await assert.rejects(async () => {
          await collect(client.connections({ deadline: 0 }));
        }, DeadlineError);
        const controller = new AbortController();
        const reason = new Error('enough');
        await assert.rejects(async () => {
          for await (const _ of client.connections({ signal: controller.signal })) controller.abort(reason);
        }, reason);
        await assert.rejects(async () => {
          for await (const _ of client.connections()) await client.close();
        }, ClosedError);
      }));

    it('are an error with a transport that has no connection table', async () => {
      const transport = {
        portId: 1,
        repliesWithinSend: true,
        send: () => undefined,
        receive: () => -1,
        receiveAsync: async () => -1,
        close: () => undefined,
      };
      const client = await clientClass.open({ transport });
      await assert.rejects(
        async () => {
          await collect(client.connections());
        },
        (error) =>
          error instanceof SystemCallError &&
          error.errnoName === 'ENOENT' &&
          /^connections need a client .* without a transport/.test(error.hint!),
      );
      await client.close();
    });
  });
