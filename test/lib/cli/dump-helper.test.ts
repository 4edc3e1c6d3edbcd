import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startHelper } from '../../../lib/cli/dump-helper.ts';
import { type DumpHelper, type DumpSockets, readPerService } from '../../../lib/cli/per-service.ts';
import { Control, HelperState, type SharedDumps } from '../../../lib/cli/shared-dumps.ts';
import { IpvsSync } from '../../../lib/index.ts';
import { NetlinkSocket } from '../../../lib/socket.ts';
import { type ServedFakeKernel, serveFakeKernel } from '../../../lib/testing/index.ts';
import type { ServiceWithDestinations } from '../../../protocol/ipvs/index.ts';
import { NetlinkProtocol } from '../../../protocol/netlink/index.ts';

const SERVICES = 1000;
/** A port that nothing listens on. */
const NOBODY = 0x7ffffffe;

// Over real netlink sockets, which is what the other thread reads.
describe('a table read by two threads', () => {
  let served: ServedFakeKernel;
  let expected: unknown;

  before(async () => {
    served = await serveFakeKernel({ kernel: { version: '6.1' } });
    const client = IpvsSync.open({ transport: served.connect() });
    const operations = Array.from({ length: SERVICES }, (_, index) => {
      const service = { protocol: 'tcp', address: '10.0.0.1', port: 1 + index, scheduler: 'rr' } as const;
      const count = index % 100 === 7 ? 10 : index % 3;
      return [
        { do: 'add-service', service } as const,
        ...Array.from({ length: count }, (_, port) => {
          const destination = { address: `10.1.${index >> 8}.${index & 255}`, port: 1 + port } as const;
          return { do: 'add-destination', service, destination } as const;
        }),
      ];
    }).flat();
    assert.ok(client.batch(operations).every(({ ok }) => ok));
    expected = shown(client.dump().services);
    client.close();
  });

  after(() => served.close());

  function shown(services: readonly ServiceWithDestinations[] | undefined): unknown {
    return services?.map(({ port, destinations }) => [
      port,
      destinations.map((destination) => `${destination.address}:${destination.port}`).join(' '),
    ]);
  }

  function sockets(help: DumpSockets['help']): DumpSockets {
    return { forServices: openSocket(), forDestinations: openSocket(), help };
  }

  /** The fake kernel's thread may be slow to answer, which the real one never is. */
  function openSocket(peer: number = served.portId): NetlinkSocket {
    return NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer, idle: 10_000 });
  }

  function readTogether(among: DumpSockets): ReturnType<typeof readPerService> {
    return readPerService(among, 1);
  }

  /** Waits for the helper to end before this thread begins, so that it does all that it has room for. */
  async function helperAlone(shared: SharedDumps, socket = openSocket()): Promise<DumpHelper> {
    const helper = startHelper(socket, shared);
    while (Atomics.load(shared.control, Control.STATE) !== HelperState.ENDED)
      await new Promise((resolve) => setTimeout(resolve, 10));
    return helper;
  }

  it('is whole when both read', async () => {
    const services = await readTogether(sockets(async (shared) => startHelper(openSocket(), shared)));
    assert.deepEqual(shown(services), expected);
  });

  it('is whole when the helper reads it all', async () => {
    let read = 0;
    const services = await readTogether(
      sockets(async (shared) => {
        const helper = await helperAlone(shared);
        read = shared.bounds.filter((bound, index) => index % 2 === 1 && bound > 0).length;
        return helper;
      }),
    );
    assert.deepEqual(shown(services), expected);
    assert.equal(read, SERVICES);
  });

  it('is whole when the helper has too little room, cannot read, or never comes', async () => {
    const little = await readTogether(
      sockets((shared) => helperAlone({ ...shared, replies: shared.replies.subarray(0, 100_000) })),
    );
    assert.deepEqual(shown(little), expected);
    const failing = await readTogether(sockets((shared) => helperAlone(shared, openSocket(NOBODY))));
    assert.deepEqual(shown(failing), expected);
    assert.deepEqual(shown(await readTogether(sockets(async () => undefined))), expected);
  });

  it('is left to the client where the helper was answered otherwise than usual', async () => {
    const services = await readTogether(
      sockets(async (shared) => {
        const helper = await helperAlone(shared);
        return { ...helper, portId: helper.portId + 1 };
      }),
    );
    assert.equal(services, undefined);
  });
});
