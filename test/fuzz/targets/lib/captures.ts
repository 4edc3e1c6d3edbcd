import assert from 'node:assert/strict';
import { type CapturedPacket, CaptureError } from '../../../../lib/capture/capture.ts';
import { CaptureWriter, readCapture } from '../../../../lib/capture/pcap.ts';
import { pcapngSection } from '../../../lib/capture/pcapng-section.ts';
import { assertCommandOutput } from '../../checks/command-output.ts';
import { outcomeOf } from '../../checks/outcomes.ts';
import { captureFiles } from '../../seeds.ts';
import type { Target } from '../../target.ts';

const contents = ({ bytes, direction, netlinkProtocol }: CapturedPacket): unknown => [
  direction,
  netlinkProtocol,
  bytes,
];

function seeds(): Uint8Array[] {
  const files = captureFiles().map((file) => file.subarray(0, 4000));
  const packets = readCapture(captureFiles()[0]!).packets.slice(0, 8);
  for (const littleEndian of [true, false])
    for (const blockType of [6, 3, 2] as const)
      files.push(pcapngSection(packets, { littleEndian, blockType, resolution: 9, offset: 5n }));
  return files;
}

export const target: Target = {
  format: { kind: 'bytes' },
  coveredModules: ['lib/capture/', 'lib/cli/capture/'],
  seeds,
  async run(input) {
    const outcome = outcomeOf([CaptureError], () => readCapture(input));
    if ('value' in outcome) {
      const { packets } = outcome.value;
      const writer = new CaptureWriter();
      for (const packet of packets) writer.write(packet);
      if (packets.length > 0)
        assert.deepEqual(readCapture(writer.bytes()).packets.map(contents), packets.map(contents));
    }
    await assertCommandOutput(input);
  },
};
