import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Capture, CapturedPacket } from '../../../lib/capture/capture.ts';
import { familyNames } from '../../../lib/capture/families.ts';
import { CaptureWriter, readCapture } from '../../../lib/capture/pcap.ts';
import { CaptureTransport } from '../../../lib/capture/transport.ts';
import { Ipvs, IpvsSync, KernelError } from '../../../lib/index.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { ipvsCodec } from '../../../protocol/ipvs/index.ts';
import {
  attribute,
  genericMessage,
  message,
  nest,
  text,
  u16,
  u16be,
  u32,
} from '../../protocol/reference-encoder.ts';
import { RecordingTransport } from './recording-transport.ts';

const web = { protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' } as const;
const marked = { mark: 4294967295, family: 'ipv6', scheduler: 'wlc' } as const;

/** Runs `work` against a fake kernel, and returns its result and a capture of its traffic. */
function recorded<Result>(
  work: (ipvs: IpvsSync) => Result,
  kernel = new FakeKernel(),
): { capture: Capture; result: Result } {
  const transport = new RecordingTransport(kernel.connect());
  const ipvs = IpvsSync.open({ transport });
  const result = work(ipvs);
  ipvs.close();
  return { capture: readCapture(transport.capture.bytes()), result };
}

/** Whether a datagram is a message from or to nlctrl (type 16). */
const isLookup = (bytes: Uint8Array): boolean => bytes[4] === 16 && bytes[5] === 0;

function fill(ipvs: IpvsSync): void {
  ipvs.addService(web);
  ipvs.addDestination(web, { address: '10.0.1.1', port: 8080, forwarding: 'masq' });
  ipvs.addService(marked);
  ipvs.addDestination(marked, { address: '2001:db8::1', port: 0, forwarding: 'direct-route' });
}

test('a dump, read again from its capture', async () => {
  const { capture, result } = recorded((ipvs) => {
    fill(ipvs);
    return ipvs.dump({ strategy: 'per-service' });
  });
  assert.equal(result.services.length, 2);
  const sync = IpvsSync.open({ transport: new CaptureTransport(capture) });
  assert.deepEqual(sync.dump().services, result.services);
  assert.deepEqual(sync.dump().services, result.services);
  const ipvs = await Ipvs.open({ transport: new CaptureTransport(capture) });
  assert.deepEqual((await ipvs.dump()).services, result.services);
  await ipvs.close();
});

test('a request that was recorded twice is answered as it was each time', () => {
  const { capture } = recorded((ipvs) => {
    ipvs.services();
    ipvs.addService(web);
    ipvs.services();
  });
  const replayed = IpvsSync.open({ transport: new CaptureTransport(capture) });
  assert.deepEqual(
    [0, 1, 2].map(() => replayed.services().length),
    [0, 1, 1],
  );
});

test('errors are replayed too, each only to the request that failed', () => {
  const { capture } = recorded((ipvs) => {
    ipvs.addService(web);
    assert.throws(() => ipvs.deleteService(marked), KernelError);
    ipvs.service(web);
  });
  const replayed = IpvsSync.open({ transport: new CaptureTransport(capture) });
  assert.throws(() => replayed.deleteService(marked), { errnoName: 'ESRCH' });
  assert.equal(replayed.service(web).port, 80);
  assert.throws(() => replayed.deleteService(web), { errnoName: 'ENODATA', kernelMessage: /capture/ });
});

test('in a capture that began after the lookup of the family, IPVS is recognised by its messages', () => {
  const { capture, result } = recorded((ipvs) => {
    fill(ipvs);
    return ipvs.dump({ strategy: 'per-service' });
  });
  const packets = capture.packets.filter(({ bytes }) => !isLookup(bytes));
  assert.ok(packets.length < capture.packets.length);
  assert.deepEqual([...familyNames(packets).values()], ['nlctrl', 'IPVS']);
  const replayed = IpvsSync.open({ transport: new CaptureTransport({ packets }) });
  assert.deepEqual(replayed.dump().services, result.services);
});

test('in a large capture, neither guessing the family nor other requests decode every service', (t) => {
  const services = 200;
  const { capture, result } = recorded(
    (ipvs) => {
      for (let port = 1; port <= services; port++) ipvs.addService({ ...web, port });
      return ipvs.dump({ strategy: 'single' });
    },
    new FakeKernel({ singleDump: 'nested' }),
  );
  const decode = t.mock.method(ipvsCodec, 'decode');
  const packets = capture.packets.slice(2 * services).filter(({ bytes }) => !isLookup(bytes));
  const replayed = IpvsSync.open({ transport: new CaptureTransport({ packets }) });
  assert.throws(() => replayed.timeouts(), { errnoName: 'ENODATA' });
  assert.deepEqual(replayed.dump().services, result.services);
  assert.ok(decode.mock.callCount() < services / 4, `${decode.mock.callCount()}`);
  assert.equal(replayed.service({ ...web, port: services }).port, services);
});

test('IPVS is recognised by later messages if the first ones name no service or destination', () => {
  const { capture, result } = recorded((ipvs) => {
    for (let request = 0; request < 20; request++) ipvs.timeouts();
    fill(ipvs);
    return ipvs.dump();
  });
  const packets = capture.packets.filter(({ bytes }) => !isLookup(bytes));
  const replayed = IpvsSync.open({ transport: new CaptureTransport({ packets }) });
  assert.deepEqual(replayed.dump().services, result.services);
});

function captureOf(...datagrams: readonly Uint8Array[]): Capture {
  const writer = new CaptureWriter();
  for (const bytes of datagrams)
    writer.write({ seconds: 0, nanoseconds: 0, direction: 'to-user', netlinkProtocol: 16, bytes });
  return readCapture(writer.bytes());
}

test('no family is taken for IPVS where two could be IPVS, or none', () => {
  const service = nest(1, attribute(1, u16(2)), attribute(5, u32(7)), attribute(6, text('rr')));
  const newService = genericMessage({ type: 30 }, 1, service);
  const names = (...datagrams: Uint8Array[]): string[] => [
    ...familyNames(captureOf(...datagrams).packets).values(),
  ];
  assert.deepEqual(names(newService), ['nlctrl', 'IPVS']);
  assert.deepEqual(names(newService, genericMessage({ type: 31 }, 1, service)), ['nlctrl']);
  assert.deepEqual(names(newService, genericMessage({ type: 30 }, 60)), ['nlctrl']);
  assert.deepEqual(names(genericMessage({ type: 30 }, 60), newService), ['nlctrl']);
  assert.deepEqual(names(newService, genericMessage({ type: 30 }, 1, attribute(9, u16be(1)))), ['nlctrl']);
  assert.deepEqual(names(genericMessage({ type: 30 }, 15)), ['nlctrl']);
  assert.deepEqual(names(message({ type: 30 }, u32(5))), ['nlctrl']);
});

test('an incomplete dump of services gives its complete messages, and reports what is missing', () => {
  const { capture } = recorded((ipvs) => {
    fill(ipvs);
    return ipvs.services();
  });
  const packets = capture.packets.slice(0, -1);
  const last = capture.packets.at(-1)!;
  const cut = { ...last, bytes: last.bytes.subarray(0, last.bytes.length - 1) };
  const cases = [
    [packets, /lacks the last reply to GET_SERVICE/],
    [[...packets, cut], /has 1 truncated or malformed reply to GET_SERVICE/],
  ] as const;
  for (const [broken, expected] of cases) {
    const transport = new CaptureTransport({ packets: broken });
    const replayed = IpvsSync.open({ transport });
    assert.equal(replayed.services().length, 2);
    assert.match([...transport.missing].join(), expected);
  }
});

test('any other request with incomplete replies fails', () => {
  const { capture } = recorded((ipvs) => {
    fill(ipvs);
    return ipvs.dump({ strategy: 'per-service' });
  });
  const replayed = IpvsSync.open({
    transport: new CaptureTransport({ packets: capture.packets.slice(0, -1) }),
  });
  assert.equal(replayed.destinations(web).length, 1);
  assert.throws(() => replayed.destinations(marked), { errnoName: 'ENODATA' });
  assert.throws(() => replayed.info(), { errnoName: 'ENODATA' });
});

const repliesOf = ({ packets }: Capture): Capture => ({
  packets: packets.filter(({ direction }) => direction === 'to-user'),
});

test('replies without their requests are replayed if they say what was requested', () => {
  for (const singleDump of ['nested', 'flat'] as const) {
    const transport = new RecordingTransport(new FakeKernel({ singleDump }).connect());
    const ipvs = IpvsSync.open({ transport });
    fill(ipvs);
    const services = ipvs.dump({ strategy: 'single' }).services;
    const expected = [ipvs.info(), ipvs.timeouts(), ipvs.service(web)];
    const replies = repliesOf(readCapture(transport.capture.bytes()));
    const replayed = IpvsSync.open({ transport: new CaptureTransport(replies) });
    assert.deepEqual(replayed.dump().services, services);
    assert.deepEqual([replayed.info(), replayed.timeouts(), replayed.service(web)], expected);
  }
});

test('without its requests, a per-service dump gives the services, but no destinations', () => {
  const { capture, result } = recorded((ipvs) => {
    fill(ipvs);
    return ipvs.dump({ strategy: 'per-service' });
  });
  const replayed = IpvsSync.open({ transport: new CaptureTransport(repliesOf(capture)) });
  assert.equal(replayed.services().length, result.services.length);
  assert.throws(() => replayed.destinations(web), { errnoName: 'ENODATA' });
});

test('a capture without IPVS has no such family', () => {
  const { capture } = recorded(() => undefined);
  const replayed = IpvsSync.open({ transport: new CaptureTransport(capture) });
  assert.throws(() => replayed.services(), { name: 'FamilyNotFoundError' });
});

/** Processor time of reading a capture in which every request has the same sequence number, in ms. */
function timeOfRepeated(count: number, answered: boolean): number {
  const packets: CapturedPacket[] = [];
  const add = (direction: CapturedPacket['direction'], bytes: Uint8Array): number =>
    packets.push({
      seconds: 0,
      nanoseconds: 0,
      direction,
      netlinkProtocol: 16,
      bytes,
      originalLength: bytes.length,
    });
  const request = genericMessage({ type: 26, flags: 5, sequence: 1 }, 15);
  const reply = genericMessage({ type: 26, sequence: 1, portId: 9 }, 14, attribute(1, u32(1)));
  for (let index = 0; index < count; index++) {
    add('to-kernel', request);
    if (answered) add('to-user', reply);
  }
  const before = process.cpuUsage().user;
  new CaptureTransport({ packets });
  return (process.cpuUsage().user - before) / 1000;
}

test('a capture in which a sequence number repeats is read in time proportional to its packets', () => {
  for (const answered of [false, true]) {
    timeOfRepeated(2000, answered);
    const few = Math.min(...[0, 1, 2].map(() => timeOfRepeated(2000, answered)));
    const many = Math.min(...[0, 1, 2].map(() => timeOfRepeated(16_000, answered)));
    assert.ok(many < 32 * few, `${few} ms for 2000 requests, ${many} ms for 8 times as many`);
  }
});
