import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startHelper } from '../../../lib/cli/dump-helper.ts';
import { type DumpHelper, type DumpSockets, readPerService } from '../../../lib/cli/per-service.ts';
import { Control, ENDED, GROUP, groupsOf } from '../../../lib/cli/shared-dumps.ts';
import { IpvsSync } from '../../../lib/index.ts';
import { NetlinkSocket } from '../../../lib/netlink/socket/socket.ts';
import { type ServedFakeKernel, serveFakeKernel } from '../../../lib/testing/index.ts';
import type { Service, ServiceWithDestinations } from '../../../protocol/ipvs/index.ts';
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
          const address = `10.1.${index >> 8}.${index & 255}`;
          const destination = { address, port: 1 + port, forwarding: 'masq' } as const;
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

  /** The fake kernel's thread may be slow to answer, which the real one never is. */
  function openSocket(peer: number = served.portId, dropEnds = false): NetlinkSocket {
    return NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer, readTimeout: 10_000, dropEnds });
  }

  async function readWith(
    helper: DumpHelper | undefined,
    {
      kernel = served,
      dropEnds = false,
    }: { readonly kernel?: ServedFakeKernel; readonly dropEnds?: boolean } = {},
  ): Promise<ServiceWithDestinations[] | undefined> {
    const client = IpvsSync.open({ transport: kernel.connect() });
    using forServices = openSocket(kernel.portId);
    using forDestinations = openSocket(kernel.portId, dropEnds);
    const sockets: DumpSockets = { forServices, forDestinations, helpedFrom: 1, help: async () => helper };
    const exists = (service: Service): boolean => client.service(service) !== undefined;
    const records = await readPerService(sockets, exists);
    client.close();
    if (records === undefined) return undefined;
    const cursor = records.cursor();
    const services: ServiceWithDestinations[] = [];
    while (cursor.nextService()) services.push(cursor.object());
    return services;
  }

  /** A helper that has done all that it can before the other thread begins. */
  function workingAlone(
    helper: DumpHelper,
    { least = 0, room }: { readonly least?: number; readonly room?: number } = {},
  ): DumpHelper {
    return {
      ...helper,
      begin(shared) {
        const { control, replies } = shared;
        helper.begin(room === undefined ? shared : { ...shared, replies: replies.subarray(0, room) });
        for (;;) {
          const progress = Atomics.load(control, Control.READ);
          if ((progress & ENDED) !== 0) break;
          assert.notEqual(Atomics.wait(control, Control.READ, progress, 30_000), 'timed-out');
        }
        const read = Atomics.load(control, Control.READ) & ~ENDED;
        assert.ok(read >= least, `${read} groups were read, not ${least}`);
        if (least === 0) assert.ok(read < groupsOf(shared.requests));
      },
    };
  }

  it('is whole when both read', async () => {
    assert.deepEqual(shown(await readWith(startHelper(openSocket()))), expected);
  });

  it('is whole when the helper reads it all', async () => {
    const helper = workingAlone(startHelper(openSocket()), { least: Math.ceil(SERVICES / GROUP) });
    assert.deepEqual(shown(await readWith(helper)), expected);
  });

  it('is whole when the helper has too little room, cannot read, or never comes', async () => {
    const little = workingAlone(startHelper(openSocket()), { room: 100_000 });
    assert.deepEqual(shown(await readWith(little)), expected);
    const failing = workingAlone(startHelper(openSocket(NOBODY)));
    assert.deepEqual(shown(await readWith(failing)), expected);
    assert.deepEqual(shown(await readWith(undefined)), expected);
  });

  it('is whole when no dump says that it ended', async () => {
    const kernel = await serveFakeKernel({ kernel: { version: '6.1' } });
    const client = IpvsSync.open({ transport: kernel.connect() });
    // None that ends without a word must be waited for, as the fake kernel is another thread.
    for (let port = 1; port <= 100; port++) {
      const service = { protocol: 'tcp', address: '10.0.0.1', port, scheduler: 'rr' } as const;
      client.addService(service);
      for (let server = 0; server <= port % 3; server++)
        client.addDestination(service, { address: '10.1.0.1', port: 1 + server, forwarding: 'masq' });
    }
    const whole = shown(client.dump().services);
    client.close();
    const helper = workingAlone(startHelper(openSocket(kernel.portId, true)), { least: 4 });
    assert.deepEqual(shown(await readWith(helper, { kernel, dropEnds: true })), whole);
    assert.deepEqual(shown(await readWith(undefined, { kernel, dropEnds: true })), whole);
    await kernel.close();
  });

  it('is whole when the helper takes services and does not say what became of them', async () => {
    const silent: DumpHelper = {
      portId: 1,
      begin: ({ control }) => Atomics.add(control, Control.NEXT, 3),
      close: () => {},
    };
    assert.deepEqual(shown(await readWith(silent)), expected);
  });

  it('is left to the client where the helper was answered otherwise than usual', async () => {
    const helper = workingAlone(startHelper(openSocket()), { least: 1 });
    assert.equal(await readWith({ ...helper, portId: helper.portId + 1 }), undefined);
  });
});
