import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { after, describe, it, test } from 'node:test';
import * as fc from 'fast-check';
import { CaptureWriter, readCapture } from '../../../../lib/capture/pcap.ts';
import { ByteView, Command } from '../../../../protocol/index.ts';
import { message, u32 } from '../../../protocol/reference-encoder.ts';
import {
  changedCapture,
  everyPacket,
  fixture,
  folder,
  isCommand,
  perServiceCapture,
  run,
  singleDumpCapture,
} from './changed-captures.ts';

after(() => rmSync(folder, { recursive: true, force: true }));

describe('a capture that lacks what is asked for', () => {
  const cases: [what: string, bytes: Uint8Array, reason: RegExp][] = [
    ['no packet', changedCapture(perServiceCapture, () => false), /^the capture is empty\n$/],
    ['no byte', new Uint8Array(0), /^the file is empty\n$/],
    [
      'no IPVS',
      changedCapture(perServiceCapture, ({ bytes }) => bytes[4] === 16 && bytes[5] === 0 && bytes[16] === 3),
      /^the capture contains no IPVS traffic\n$/,
    ],
    [
      'only other netlink protocols',
      (() => {
        const writer = new CaptureWriter();
        const [packet] = readCapture(readFileSync(perServiceCapture)).packets;
        writer.write({ ...packet!, netlinkProtocol: 0 });
        return writer.bytes();
      })(),
      /^the capture contains no generic netlink traffic/,
    ],
    [
      'only changes',
      readFileSync(fixture('stock-6.12/ipvs-netlink-write.pcap')),
      /^the capture has no complete reply to GET_SERVICE\n$/,
    ],
    [
      'only Ethernet',
      (() => {
        const bytes = changedCapture(perServiceCapture, everyPacket);
        bytes[20] = 1;
        return bytes;
      })(),
      /^the capture has link type 1 \(Ethernet\)/,
    ],
  ];
  for (const [what, bytes, reason] of cases) {
    it(`(${what}) is refused with a message about the capture`, async () => {
      for (const line of ['-Ln', '-Sn', '-Ln --json']) {
        const { output, errors, status } = await run(line, bytes);
        assert.deepEqual([output, status], ['', 1], line);
        assert.match(errors, reason);
      }
    });
  }

  it('(requests that were refused) says that they were when it was recorded', async () => {
    const file = readCapture(readFileSync(perServiceCapture));
    const { bytes: request } = file.packets.find((packet) => isCommand(packet, Command.GET_SERVICE))!;
    const { data } = new ByteView(request);
    const header = { type: 2, sequence: data.getUint32(8, true), portId: data.getUint32(12, true) };
    const refusal = message(header, u32(-1), request);
    const writer = new CaptureWriter();
    for (const packet of file.packets) {
      if (packet.bytes === request) {
        writer.write(packet);
        writer.write({ ...packet, direction: 'to-user', bytes: refusal, originalLength: refusal.length });
      } else if (!isCommand(packet, Command.GET_SERVICE, Command.NEW_SERVICE)) writer.write(packet);
    }
    const { output, errors, status } = await run('-Sn', writer.bytes());
    assert.deepEqual(
      [output, errors, status],
      ['', 'GET_SERVICE was refused when it was recorded: EPERM\n', 1],
    );
  });

  it('(no timeouts, no daemons) is refused where they are asked for', async () => {
    const without = changedCapture(
      perServiceCapture,
      (packet) =>
        !isCommand(packet, Command.GET_CONFIG, Command.SET_CONFIG, Command.GET_DAEMON, Command.NEW_DAEMON),
    );
    for (const [line, command] of [
      ['-L --timeout', 'GET_CONFIG'],
      ['-L --daemon', 'GET_DAEMON'],
    ] as const) {
      const { output, errors, status } = await run(line, without);
      assert.deepEqual(
        [output, errors, status],
        ['', `the capture has no complete reply to ${command}\n`, 1],
      );
    }
  });
});

/** Offset of the length of an attribute of a destination in the capture of a single dump. */
const ATTRIBUTE_LENGTH_OFFSET = 14920;

test('a malformed destination is left out of a listing, which says so, and the rest is shown', async () => {
  const bytes = Buffer.from(readFileSync(singleDumpCapture));
  const whole = await run('-Ln', bytes);
  assert.deepEqual([whole.status, whole.errors], [0, '']);
  bytes[ATTRIBUTE_LENGTH_OFFSET] = 0;
  const { status, output, errors } = await run('-Ln', bytes);
  assert.equal(status, 1);
  assert.match(errors, /^1 malformed services or destinations are left out: destination: .*\n$/);
  assert.equal(output.split('\n').length, whole.output.split('\n').length - 1);
});

describe('a capture with any bytes changed or truncated', () => {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  const files = [perServiceCapture, singleDumpCapture, fixture('wireshark/with-ethernet.pcapng')];

  it('ends with output and status 0, or with one line of errors and status 1', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { maxLength: 8 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.constantFrom('-Ln', '-Sn', '-Ln --json', '-L --timeout', 'decode'),
        async (path, changes, fraction, line) => {
          const file = readFileSync(path);
          const bytes = Buffer.from(file.subarray(0, Math.ceil(file.length * fraction)));
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const { errors, status, output } = await run(line, bytes);
          assert.equal(status, errors === '' ? 0 : 1);
          if (status === 0) assert.notEqual(output, '');
        },
      ),
      { numRuns: 150 },
    );
  });
});
