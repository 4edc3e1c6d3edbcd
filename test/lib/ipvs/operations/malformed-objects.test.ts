import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Destination,
  type Dump,
  Ipvs,
  IpvsSync,
  MalformedReplyError,
  type RecordDump,
  type Service,
  type ServiceWithDestinations,
} from '../../../../lib/index.ts';
import { FakeKernel, type FakeKernelOptions } from '../../../../lib/testing/index.ts';
import { ByteView, HOST_IS_LITTLE_ENDIAN, MessageWalker } from '../../../../protocol/netlink/index.ts';
import { tableOfSize } from '../../../conformance/single-dump.ts';
import { addDefinitions, failure } from '../../../conformance/subject.ts';
import { HookedTransport } from '../plan/hooked-transport.ts';

const NEW_SERVICE = 1;
const NEW_DEST = 5;
const DESTS = 13;

/** Makes the first attribute of an object longer than the object. */
function damageAt(view: DataView, nest: number): void {
  view.setUint16(nest + 4, 0xffff, HOST_IS_LITTLE_ENDIAN);
}

/** Where the entries of the list of destinations begin in a SERVICE nest. */
function entriesOf(view: DataView, nest: number): number[] {
  const lengthAt = (at: number): number => view.getUint16(at, HOST_IS_LITTLE_ENDIAN);
  const entries: number[] = [];
  for (let at = nest + 4; at < nest + lengthAt(nest); at += (lengthAt(at) + 3) & ~3) {
    if ((view.getUint16(at + 2, HOST_IS_LITTLE_ENDIAN) & 0x3fff) !== DESTS) continue;
    for (let entry = at + 4; entry < at + lengthAt(at); entry += (lengthAt(entry) + 3) & ~3)
      entries.push(entry);
  }
  return entries;
}

/** A transport on which the third service and the second destination of the first one arrive damaged. */
function damagingTransport(kernel: FakeKernel): HookedTransport {
  const transport = new HookedTransport(kernel.connect(), () => undefined);
  const { receive } = transport;
  let services = 0;
  let destinations = 0;
  transport.receive = (into) => {
    const length = receive.call(transport, into);
    if (length <= 0) return length;
    const view = new ByteView(into);
    const walker = new MessageWalker(view, 0, length);
    const { message } = walker;
    while (walker.next()) {
      if (message.type !== kernel.familyId || message.sequence === 0) continue;
      const command = into[message.offset + 16];
      const nest = message.offset + 20;
      if (command === NEW_SERVICE && (message.flags & 2) !== 0) {
        services++;
        const [, second] = entriesOf(view.data, nest);
        if (services === 1 && second !== undefined) damageAt(view.data, second);
        if (services === 3) damageAt(view.data, nest);
      }
      if (command === NEW_DEST && ++destinations === 2) damageAt(view.data, nest);
    }
    return length;
  };
  transport.receiveAsync = async (into) => transport.receive(into);
  return transport;
}

const SERVICES = 5;
const DESTINATIONS_EACH = 3;

const counts = (services: readonly ServiceWithDestinations[]): number[] =>
  services.map(({ destinations }) => destinations.length);

/** Checks an error that reports `count` malformed objects, and returns its data. */
function check<Data>(error: unknown, count: number): Data {
  assert.ok(error instanceof MalformedReplyError, String(error));
  assert.equal(error.code, 'ERR_MALFORMED_REPLY');
  assert.equal(error.count, count);
  assert.equal(error.errors.length, count);
  for (const { path } of error.errors) assert.match(path, /^(service|destination)/);
  return error.data as Data;
}

for (const clientClass of [Ipvs, IpvsSync]) {
  for (const options of [
    {},
    { singleDump: 'nested' },
    { singleDump: 'nested-without-dump-intr' },
    { singleDump: 'flat' },
  ] satisfies FakeKernelOptions[]) {
    const singleDump = 'singleDump' in options ? options.singleDump : undefined;

    describe(`only the damaged objects are missing: ${clientClass.name}, ${singleDump ?? 'per service'}`, () => {
      const open = async (): Promise<Ipvs | IpvsSync> => {
        const kernel = new FakeKernel(options);
        await addDefinitions(
          IpvsSync.open({ transport: kernel.connect() }),
          tableOfSize({ services: [SERVICES, DESTINATIONS_EACH] }),
        );
        return await clientClass.open({ transport: damagingTransport(kernel) });
      };

      it('in a dump', async () => {
        const client = await open();
        const { services, strategy, datagrams } = check<Dump>(await failure(() => client.dump()), 2);
        assert.deepEqual(counts(services).sort(), [2, 3, 3, 3]);
        assert.equal(strategy, singleDump === undefined ? 'per-service' : 'single');
        assert.ok(datagrams > 0);
        assert.equal((await client.info()).version, '1.2.1', 'the connection still works');
        await client.close();
      });

      it('in records', async () => {
        const client = await open();
        const { services } = check<RecordDump>(await failure(() => client.records()), 2);
        const cursor = services.cursor();
        const found: number[] = [];
        while (cursor.nextService()) found.push(cursor.destinationCount);
        assert.deepEqual(found.sort(), [2, 3, 3, 3]);
        await client.close();
      });

      it('in a stream, whose error comes at the end', async () => {
        const client = await open();
        const found: ServiceWithDestinations[] = [];
        const error = await failure(async () => {
          for await (const service of client.stream()) found.push(service);
        });
        check(error, 2);
        assert.deepEqual(counts(found).sort(), [2, 3, 3, 3]);
        await client.close();
      });
    });
  }

  it(`only the damaged object is missing in lists of services and of destinations: ${clientClass.name}`, async () => {
    const kernel = new FakeKernel();
    await addDefinitions(
      IpvsSync.open({ transport: kernel.connect() }),
      tableOfSize({ services: [SERVICES, DESTINATIONS_EACH] }),
    );
    const client = await clientClass.open({ transport: damagingTransport(kernel) });
    const services = check<Service[]>(await failure(() => client.services()), 1);
    assert.equal(services.length, SERVICES - 1);
    assert.equal(check<Destination[]>(await failure(() => client.destinations(services[0]!)), 1).length, 2);
    const another = await clientClass.open({ transport: damagingTransport(kernel) });
    assert.ok(
      (await failure(() => another.plan([]))) instanceof MalformedReplyError,
      'no plan is made from an incomplete table',
    );
    await client.close();
    await another.close();
  });
}
