import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import type { CapturedPacket } from '../../../../lib/capture/capture.ts';
import { readCapture } from '../../../../lib/capture/pcap.ts';
import { Command } from '../../../../protocol/index.ts';
import {
  all,
  changed,
  fixture,
  folder,
  isCommand,
  perService,
  run,
  services,
  single,
} from './changed-captures.ts';

after(() => rmSync(folder, { recursive: true, force: true }));

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
      assert.equal(header, 'IP Virtual Server version unknown (the capture has no reply to GET_INFO)');
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
      assert.match(errors, /has \d+ truncated repl(?:y|ies) to|left out|tcpdump -s 0/);
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
          assert.match(errors, /truncated|lacks/);
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
    assert.match(errors, /^the snapshot length truncated \d+ of \d+ packets; record with tcpdump -s 0\n$/);
    assert.match(output, /240 of \d+ bytes \(truncated by the snapshot length\)/);
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
        assert.match(errors, /truncated/);
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
    assert.match(errors, /^a packet of \d+ bytes is truncated to \d+ \(at byte \d+ of the capture\)\n$/);
    assert.ok(output.length > whole.output.length / 2 && whole.output.startsWith(output));
  });

  it('in pcapng does the same', async () => {
    const bytes = readFileSync(fixture('wireshark/with-ethernet.pcapng'));
    const whole = await run('-Sn', bytes);
    assert.deepEqual([whole.status, services(whole.output).length], [0, 8]);
    const { output, errors, status } = await run('-Sn', bytes.subarray(0, bytes.length - 4000));
    assert.ok(services(output).length < 8);
    assert.equal(status, 1);
    assert.match(errors, /a block of \d+ bytes is truncated/);
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
      /^8 services are left out, as their destinations are incomplete in the capture: it has replies only/,
    );
  });
});
