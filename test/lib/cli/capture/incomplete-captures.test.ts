import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import type { CapturedPacket } from '../../../../lib/capture/capture.ts';
import { readCapture } from '../../../../lib/capture/pcap.ts';
import { Command } from '../../../../protocol/index.ts';
import {
  changedCapture,
  everyPacket,
  fixture,
  folder,
  isCommand,
  perServiceCapture,
  run,
  serviceLines,
  singleDumpCapture,
} from './changed-captures.ts';

after(() => rmSync(folder, { recursive: true, force: true }));

describe('a capture that was made with tcpdump -i any', () => {
  for (const name of ['cooked', 'cooked-v2']) {
    it(`is listed whole (${name})`, async () => {
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
  for (const path of [perServiceCapture, singleDumpCapture]) {
    const without = changedCapture(path, (packet) => !isCommand(packet, Command.GET_INFO, Command.SET_INFO));

    it(`is nevertheless saved and listed as JSON (${path.split('/').slice(-2).join('/')})`, async () => {
      for (const line of ['-Sn', '-S -n --lossless']) {
        const whole = await run(line, readFileSync(path));
        const { output, errors, status } = await run(line, without);
        assert.deepEqual([output, errors, status], [whole.output, '', 0]);
        assert.equal(serviceLines(output).length, 8);
      }
      const { output, status } = await run('-Ln --json', without);
      assert.equal(status, 0);
      assert.equal(JSON.parse(output).services.length, 8);
    });

    it(`is listed, and the header line says what is missing (${path.split('/').slice(-2).join('/')})`, async () => {
      const whole = await run('-Ln', readFileSync(path));
      const { output, errors, status } = await run('-Ln', without);
      const [header, ...rest] = output.split('\n');
      assert.equal(header, 'IP Virtual Server version unknown (the capture has no reply to GET_INFO)');
      assert.deepEqual([rest, errors, status], [whole.output.split('\n').slice(1), '', 0]);
    });
  }
});

describe('a capture that the snapshot length truncated', () => {
  it('is listed as far as it is complete, with an error that says that there is more', async () => {
    for (const [path, snapshotLength] of [
      [perServiceCapture, 1500],
      [perServiceCapture, 600],
      [singleDumpCapture, 4096],
      [singleDumpCapture, 1500],
    ] as const) {
      const whole = await run('-Sn', readFileSync(path));
      const { output, errors, status } = await run('-Sn', changedCapture(path, everyPacket, snapshotLength));
      const listed = serviceLines(output);
      assert.ok(listed.length < 8, `${listed.length} services of ${path} at ${snapshotLength}`);
      for (const line of output.split('\n')) assert.ok(whole.output.includes(line), line);
      assert.equal(status, 1);
      assert.match(errors, /has \d+ truncated or malformed repl(?:y|ies) to|left out|tcpdump -s 0/);
      assert.match(errors, /record with tcpdump -s 0/);
    }
    const { output } = await run('-Sn', changedCapture(singleDumpCapture, everyPacket, 4096));
    assert.ok(serviceLines(output).length >= 3, output);
  });

  it('never gives an empty table with status 0', async () => {
    for (const path of [perServiceCapture, singleDumpCapture]) {
      for (const snapshotLength of [16, 17, 40, 64, 96, 128, 256, 512]) {
        for (const line of ['-Sn', '-Ln', '-Ln --json']) {
          const { status, errors } = await run(line, changedCapture(path, everyPacket, snapshotLength));
          assert.equal(status, 1, `${line} of ${path} at ${snapshotLength}`);
          assert.match(errors, /truncated|lacks/);
        }
      }
    }
  });

  it('is enough for a command whose replies are all complete', async () => {
    const { packets } = readCapture(readFileSync(perServiceCapture));
    const longest = (needed: (packet: CapturedPacket) => boolean): number =>
      Math.max(...packets.filter(needed).map(({ bytes }) => bytes.length));
    const longestOfTable = longest((packet) => isCommand(packet, Command.NEW_SERVICE, Command.NEW_DEST));
    assert.ok(longestOfTable < longest(everyPacket), 'some packets are truncated');
    const { output, status, errors } = await run(
      '-Sn',
      changedCapture(perServiceCapture, everyPacket, longestOfTable + 16),
    );
    assert.deepEqual([serviceLines(output).length, status, errors], [8, 0, '']);
  });

  it('is decoded message by message, and says so', async () => {
    const { output, errors, status } = await run(
      'decode',
      changedCapture(perServiceCapture, everyPacket, 256),
    );
    assert.equal(status, 1);
    assert.match(errors, /^the snapshot length truncated \d+ of \d+ packets; record with tcpdump -s 0\n$/);
    assert.match(output, /240 of \d+ bytes \(truncated by the snapshot length\)/);
    assert.match(output, /IPVS GET_DEST/);
  });
});

describe('a capture file that ends in the middle', () => {
  it('is listed as far as it is complete, with an error that says where it ends', async () => {
    for (const path of [perServiceCapture, singleDumpCapture]) {
      const bytes = readFileSync(path);
      const whole = await run('-Sn', bytes);
      let most = 0;
      for (let twentieths = 1; twentieths < 20; twentieths++) {
        const { output, errors, status } = await run(
          '-Sn',
          bytes.subarray(0, Math.floor((bytes.length * twentieths) / 20)),
        );
        assert.equal(status, 1);
        assert.match(errors, /truncated/);
        for (const line of serviceLines(output)) assert.ok(whole.output.includes(line), line);
        most = Math.max(most, serviceLines(output).length);
      }
      assert.ok(most >= 3, `${most} services of ${path}`);
    }
  });

  it('is decoded up to that place', async () => {
    const bytes = readFileSync(perServiceCapture);
    const whole = await run('decode', bytes);
    assert.deepEqual([whole.status, whole.errors], [0, '']);
    const { output, errors, status } = await run('decode', bytes.subarray(0, bytes.length - 5));
    assert.equal(status, 1);
    assert.match(errors, /^a packet of \d+ bytes is truncated to \d+ \(at byte \d+ of the capture\)\n$/);
    assert.ok(output.length > whole.output.length / 2 && whole.output.startsWith(output));
  });

  it('is listed in the same way if it is pcapng', async () => {
    const bytes = readFileSync(fixture('wireshark/with-ethernet.pcapng'));
    const whole = await run('-Sn', bytes);
    assert.deepEqual([whole.status, serviceLines(whole.output).length], [0, 8]);
    const { output, errors, status } = await run('-Sn', bytes.subarray(0, bytes.length - 4000));
    assert.ok(serviceLines(output).length < 8);
    assert.equal(status, 1);
    assert.match(errors, /a block of \d+ bytes is truncated/);
  });
});

describe('a capture of replies alone', () => {
  const replies = (path: string): Uint8Array =>
    changedCapture(path, ({ direction }) => direction === 'to-user');

  it('of the single dump is listed whole', async () => {
    const whole = await run('-Sn', readFileSync(singleDumpCapture));
    const { output, errors, status } = await run('-Sn', replies(singleDumpCapture));
    assert.deepEqual([output, errors, status], [whole.output, '', 0]);
  });

  it('of per-service dumps is refused: only the requests say to which service destinations belong', async () => {
    const { output, errors, status } = await run('-Ln', replies(perServiceCapture));
    assert.deepEqual(serviceLines(output), []);
    assert.equal(status, 1);
    assert.match(
      errors,
      /^8 services are left out, as their destinations are incomplete in the capture: it has replies only/,
    );
  });
});
