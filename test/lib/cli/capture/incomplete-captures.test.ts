import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, test } from 'node:test';
import * as fc from 'fast-check';
import type { CapturedPacket } from '../../../../lib/capture/capture.ts';
import { CaptureWriter, readCapture } from '../../../../lib/capture/pcap.ts';
import { openCapture } from '../../../../lib/cli/capture/capture-client.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { ByteView, Command, MessageWalker } from '../../../../protocol/index.ts';
import { message, u32 } from '../../../protocol/plain-encoder.ts';
import { type Run, runIpvs } from '../run-ipvs.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvs-incomplete-'));
const fixture = (name: string): string =>
  new URL(`../../../../../fixtures/${name}`, import.meta.url).pathname;
const perService = fixture('stock-6.12/ipvs-netlink-read.pcap');
const single = fixture('single-6.12/single-dump.pcap');

const overrides = {
  open: async ({ from }: { readonly from: string | undefined }) => openCapture(from!),
};
let files = 0;

/** Runs a command line on a file with these bytes; the errors without the path. */
async function run(line: string, bytes: Uint8Array): Promise<Run> {
  const path = join(folder, `${files++}.pcap`);
  writeFileSync(path, bytes);
  const words = line.startsWith('decode') ? `${line} ${path}` : `${line} --from ${path}`;
  const result = await runIpvs(new FakeKernel(), words, { overrides });
  // What -S says of single services is no failure.
  const errors = result.errors.replace(/^ipvs: service [^\n]+-R will refuse its rule[^\n]+\n/gm, '');
  const named = errors.startsWith(`ipvs: ${path}: `) || errors.includes('which no rule can hold');
  assert.ok(errors === '' || named, errors);
  assert.doesNotMatch(errors, /kernel does not know|EOPNOTSUPP|run as root/);
  assert.match(errors, /^([^\n]+\n)?$/);
  return { ...result, errors: errors.replace(`ipvs: ${path}: `, '') };
}

/** The packets of a capture that `keep` says, cut to `snapshotLength`. */
function changed(
  path: string,
  keep: (packet: CapturedPacket, index: number) => boolean,
  snapshotLength = Number.POSITIVE_INFINITY,
): Uint8Array {
  const writer = new CaptureWriter();
  for (const packet of readCapture(readFileSync(path)).packets.filter(keep))
    writer.write({ ...packet, bytes: packet.bytes.subarray(0, Math.max(0, snapshotLength - 16)) });
  return writer.bytes();
}

const all = (): boolean => true;

/** Whether a datagram is a message of IPVS with this command: the family has another id in each capture. */
function isCommand({ bytes }: CapturedPacket, ...commands: number[]): boolean {
  const walker = new MessageWalker(new ByteView(bytes));
  return walker.next() && walker.message.type > 16 && commands.includes(bytes[16]!) && bytes[17] === 1;
}

const services = (output: string): string[] =>
  output.split('\n').filter((line) => /^(-A|TCP|UDP|FWM|SCTP)/.test(line));

after(() => rmSync(folder, { recursive: true }));

describe('a capture that was made with tcpdump -i any', () => {
  for (const name of ['cooked', 'cooked-v2']) {
    it(`lists the table (${name})`, async () => {
      const { output, errors, status } = await run(
        '-Sn',
        readFileSync(fixture(`any-device-6.12/${name}.pcap`)),
      );
      assert.equal(output, '-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 1\n');
      assert.deepEqual([errors, status], ['', 0]);
    });
  }
});

describe('a capture without GET_INFO', () => {
  for (const path of [perService, single]) {
    const without = changed(path, (packet) => !isCommand(packet, Command.GET_INFO, Command.SET_INFO));

    it(`saves and lists as JSON all the same (${path.split('/').slice(-2).join('/')})`, async () => {
      for (const line of ['-Sn', '-S -n --lossless']) {
        const whole = await run(line, readFileSync(path));
        const { output, errors, status } = await run(line, without);
        assert.deepEqual([output, errors, status], [whole.output, '', 0]);
        assert.equal(services(output).length, 8);
      }
      const { output, status } = await run('-Ln --json', without);
      assert.equal(status, 0);
      assert.equal(JSON.parse(output).services.length, 8);
    });

    it(`lists, and says in the header line what is missing (${path.split('/').slice(-2).join('/')})`, async () => {
      const whole = await run('-Ln', readFileSync(path));
      const { output, errors, status } = await run('-Ln', without);
      const [header, ...rest] = output.split('\n');
      assert.equal(header, 'IP Virtual Server version unknown (the capture holds no answer to GET_INFO)');
      assert.deepEqual([rest, errors, status], [whole.output.split('\n').slice(1), '', 0]);
    });
  }
});

describe('a capture that the snapshot length cut', () => {
  it('lists what is whole, says that there is more, and fails', async () => {
    for (const [path, snapshotLength] of [
      [perService, 1500],
      [perService, 600],
      [single, 4096],
      [single, 1500],
    ] as const) {
      const whole = await run('-Sn', readFileSync(path));
      const { output, errors, status } = await run('-Sn', changed(path, all, snapshotLength));
      const found = services(output);
      assert.ok(found.length < 8, `${found.length} services of ${path} at ${snapshotLength}`);
      for (const line of output.split('\n')) assert.ok(whole.output.includes(line), line);
      assert.equal(status, 1);
      assert.match(errors, /lacks the end of \d+ of the replies|left out|tcpdump -s 0/);
      assert.match(errors, /record with tcpdump -s 0/);
    }
    const { output } = await run('-Sn', changed(single, all, 4096));
    assert.ok(services(output).length >= 3, output);
  });

  it('is never an empty table and success', async () => {
    for (const path of [perService, single]) {
      for (const snapshotLength of [16, 17, 40, 64, 96, 128, 256, 512]) {
        for (const line of ['-Sn', '-Ln', '-Ln --json']) {
          const { status, errors } = await run(line, changed(path, all, snapshotLength));
          assert.equal(status, 1, `${line} of ${path} at ${snapshotLength}`);
          assert.match(errors, /cut off|lacks/);
        }
      }
    }
  });

  it('that kept all of what is asked for is whole', async () => {
    const { packets } = readCapture(readFileSync(perService));
    const longest = (needed: (packet: CapturedPacket) => boolean): number =>
      Math.max(...packets.filter(needed).map(({ bytes }) => bytes.length));
    const table = longest((packet) => isCommand(packet, Command.NEW_SERVICE, Command.NEW_DEST));
    assert.ok(table < longest(all), 'something is cut');
    const { output, status, errors } = await run('-Sn', changed(perService, all, table + 16));
    assert.deepEqual([services(output).length, status, errors], [8, 0, '']);
  });

  it('is decoded message by message, and says so', async () => {
    const { output, errors, status } = await run('decode', changed(perService, all, 256));
    assert.equal(status, 1);
    assert.match(errors, /^the snapshot length cut off \d+ of \d+ packets; record with tcpdump -s 0\n$/);
    assert.match(output, /240 of \d+ bytes \(cut off by the snapshot length\)/);
    assert.match(output, /IPVS GET_DEST/);
  });
});

describe('a capture file that ends in the middle', () => {
  it('lists what is whole ahead of that, says where it ends, and fails', async () => {
    for (const path of [perService, single]) {
      const bytes = readFileSync(path);
      const whole = await run('-Sn', bytes);
      let most = 0;
      for (let part = 1; part < 20; part++) {
        const { output, errors, status } = await run(
          '-Sn',
          bytes.subarray(0, Math.floor((bytes.length * part) / 20)),
        );
        assert.equal(status, 1);
        assert.match(errors, /cut off/);
        for (const line of services(output)) assert.ok(whole.output.includes(line), line);
        most = Math.max(most, services(output).length);
      }
      assert.ok(most >= 3, `${most} services of ${path}`);
    }
  });

  it('is decoded up to there', async () => {
    const bytes = readFileSync(perService);
    const whole = await run('decode', bytes);
    assert.deepEqual([whole.status, whole.errors], [0, '']);
    const { output, errors, status } = await run('decode', bytes.subarray(0, bytes.length - 5));
    assert.equal(status, 1);
    assert.match(errors, /^a packet of \d+ bytes is cut off after \d+ \(at byte \d+ of the capture\)\n$/);
    assert.ok(output.length > whole.output.length / 2 && whole.output.startsWith(output));
  });

  it('in pcapng does the same', async () => {
    const bytes = readFileSync(fixture('wireshark/with-ethernet.pcapng'));
    const whole = await run('-Sn', bytes);
    assert.deepEqual([whole.status, services(whole.output).length], [0, 8]);
    const { output, errors, status } = await run('-Sn', bytes.subarray(0, bytes.length - 4000));
    assert.ok(services(output).length < 8);
    assert.equal(status, 1);
    assert.match(errors, /a block of \d+ bytes is cut off/);
  });
});

describe('a capture of replies alone', () => {
  const replies = (path: string): Uint8Array => changed(path, ({ direction }) => direction === 'to-user');

  it('of the single dump is listed whole', async () => {
    const whole = await run('-Sn', readFileSync(single));
    const { output, errors, status } = await run('-Sn', replies(single));
    assert.deepEqual([output, errors, status], [whole.output, '', 0]);
  });

  it('of per-service dumps is refused: whose destinations they are stands in the requests', async () => {
    const { output, errors, status } = await run('-Ln', replies(perService));
    assert.deepEqual(services(output), []);
    assert.equal(status, 1);
    assert.match(
      errors,
      /^8 services are left out, as their destinations are not whole in the capture: it holds replies only/,
    );
  });
});

describe('a capture that holds something else', () => {
  const cases: [what: string, bytes: Uint8Array, reason: RegExp][] = [
    ['nothing', changed(perService, () => false), /^the capture is empty\n$/],
    ['no byte at all', new Uint8Array(0), /^the file is empty\n$/],
    [
      'no IPVS',
      changed(perService, ({ bytes }) => bytes[4] === 16 && bytes[5] === 0 && bytes[16] === 3),
      /^the capture holds no IPVS traffic\n$/,
    ],
    [
      'other netlink protocols',
      (() => {
        const writer = new CaptureWriter();
        const [packet] = readCapture(readFileSync(perService)).packets;
        writer.write({ ...packet!, protocolFamily: 0 });
        return writer.bytes();
      })(),
      /^the capture holds no generic netlink traffic/,
    ],
    [
      'writes only',
      readFileSync(fixture('stock-6.12/ipvs-netlink-write.pcap')),
      /^the capture holds no whole answer to GET_SERVICE\n$/,
    ],
    [
      'Ethernet',
      (() => {
        const bytes = changed(perService, all);
        bytes[20] = 1;
        return bytes;
      })(),
      /^the capture has link type 1 \(Ethernet\)/,
    ],
  ];
  for (const [what, bytes, reason] of cases) {
    it(`(${what}) is refused in words about the capture`, async () => {
      for (const line of ['-Ln', '-Sn', '-Ln --json']) {
        const { output, errors, status } = await run(line, bytes);
        assert.deepEqual([output, status], ['', 1], line);
        assert.match(errors, reason);
      }
    });
  }

  it('(requests that were refused) says that they were when it was recorded', async () => {
    const file = readCapture(readFileSync(perService));
    const { bytes: asked } = file.packets.find((packet) => isCommand(packet, Command.GET_SERVICE))!;
    const { data } = new ByteView(asked);
    const header = { type: 2, sequence: data.getUint32(8, true), portId: data.getUint32(12, true) };
    const refusal = message(header, u32(-1), asked);
    const writer = new CaptureWriter();
    for (const packet of file.packets) {
      if (packet.bytes === asked) {
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

  it('(no timeouts, no daemons) is refused for these', async () => {
    const without = changed(
      perService,
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
        ['', `the capture holds no whole answer to ${command}\n`, 1],
      );
    }
  });
});

/** Where the length of an attribute inside of a destination lies in the capture of a single dump. */
const LENGTH_IN_DESTINATION = 14920;

test('a damaged destination is left out of a listing, which says so, and the rest is shown', async () => {
  const bytes = Buffer.from(readFileSync(single));
  const whole = await run('-Ln', bytes);
  assert.deepEqual([whole.status, whole.errors], [0, '']);
  bytes[LENGTH_IN_DESTINATION] = 0;
  const { status, output, errors } = await run('-Ln', bytes);
  assert.equal(status, 1);
  assert.match(errors, /^1 damaged services or destinations are left out: destination: .*\n$/);
  assert.equal(output.split('\n').length, whole.output.split('\n').length - 1);
});

describe('any bytes changed or cut off in a capture', () => {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  const files = [perService, single, fixture('wireshark/with-ethernet.pcapng')];

  it('end in a listing, or in one line of plain words and status 1', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { maxLength: 8 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.constantFrom('-Ln', '-Sn', '-Ln --json', '-L --timeout', 'decode'),
        async (path, changes, part, line) => {
          const file = readFileSync(path);
          const bytes = Buffer.from(file.subarray(0, Math.ceil(file.length * part)));
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const { errors, status, output } = await run(line, bytes);
          // A rule that -R would refuse is noted, and no failure.
          const failures = errors
            .split('\n')
            .filter((text) => text !== '' && !text.includes('-R will refuse'));
          assert.equal(status, failures.length === 0 ? 0 : 1);
          if (status === 0) assert.notEqual(output, '');
        },
      ),
      { numRuns: 150 },
    );
  });
});
