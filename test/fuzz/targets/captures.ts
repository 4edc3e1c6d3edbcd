import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { type CapturedPacket, CaptureError } from '../../../lib/capture/capture.ts';
import { CaptureWriter, readCapture } from '../../../lib/capture/pcap.ts';
import { openCapture } from '../../../lib/cli/capture/capture-client.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { pcapngSection } from '../../lib/capture/plain-pcapng.ts';
import { runIpvs } from '../../lib/cli/run-ipvs.ts';
import { outcomeOf } from '../checks/outcomes.ts';
import { assertRun } from '../checks/run.ts';
import { selected } from '../checks/selector.ts';
import { recordedFiles } from '../seeds.ts';
import type { Target } from '../target.ts';

/** In memory where there is such a folder. */
const folder: string = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const path: string = join(folder, `fuzzed-${process.pid}-${threadId}.pcap`);
process.on('exit', () => rmSync(path, { force: true }));
const LISTINGS = ['-Ln --from', '-S --from', '-L --json --from', '-L --daemon --from'];

const plain = ({ bytes, direction, protocolFamily }: CapturedPacket): unknown => [
  direction,
  protocolFamily,
  bytes,
];

function seeds(): Uint8Array[] {
  const files = recordedFiles().map((file) => file.subarray(0, 4000));
  const packets = readCapture(recordedFiles()[0]!).packets.slice(0, 8);
  for (const little of [true, false])
    for (const block of [6, 3, 2] as const)
      files.push(pcapngSection(packets, { little, block, resolution: 9, offset: 5n }));
  return files;
}

export const target: Target = {
  format: { kind: 'bytes' },
  modules: ['lib/capture/', 'lib/cli/capture/'],
  seeds,
  async run(input) {
    const outcome = outcomeOf([CaptureError], () => readCapture(input));
    if ('value' in outcome) {
      const { packets } = outcome.value;
      const writer = new CaptureWriter();
      for (const packet of packets) writer.write(packet);
      if (packets.length > 0)
        assert.deepEqual(readCapture(writer.bytes()).packets.map(plain), packets.map(plain));
    }
    writeFileSync(path, input);
    const kernel = new FakeKernel();
    const listing = selected(input, LISTINGS);
    for (const command of ['decode', listing]) {
      const words = [...command.split(' '), path];
      assertRun(await runIpvs(kernel, words, { overrides: { open: async () => openCapture(path) } }));
    }
  },
};
