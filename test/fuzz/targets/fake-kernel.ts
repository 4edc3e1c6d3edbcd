import assert from 'node:assert/strict';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { ByteView, decodeAck, MessageType, MessageWalker } from '../../../protocol/index.ts';
import { destination, service } from '../../lib/testing/raw-client.ts';
import { selected } from '../checks/selector.ts';
import { recordedDatagrams } from '../seeds.ts';
import type { Target } from '../target.ts';

const kinds = ['none', 'nested', 'flat', 'full-nat'] as const;

/** How many requests a datagram has before one whose length does not fit, by the kernel's rule. */
function requestsIn(bytes: Buffer): number {
  let count = 0;
  for (let at = 0; bytes.length - at >= 16; ) {
    const length = bytes.readUInt32LE(at);
    if (length < 16 || length > bytes.length - at) break;
    count++;
    at += Math.ceil(length / 4) * 4;
  }
  return count;
}

export const target: Target = {
  format: { kind: 'messages' },
  modules: [
    'lib/testing/fake-',
    'lib/testing/ipvs-',
    'lib/testing/attribute-policy.js',
    'lib/testing/controller-family.js',
    'lib/testing/dump-part.js',
    'lib/testing/daemons.js',
    'lib/testing/table-en',
  ],
  seeds: () => recordedDatagrams(),
  run(input) {
    const singleDump = selected(input, kinds);
    const kernel = new FakeKernel({ singleDump, version: selected(input.subarray(4), ['6.1', '6.12']) });
    kernel.state.addService(service(80));
    kernel.state.addDestination(service(80), destination(1));
    const requests = requestsIn(Buffer.from(input));
    let ends = 0;
    for (const datagram of kernel.replies(1, input)) {
      const walker = new MessageWalker(new ByteView(datagram));
      while (walker.next()) {
        const { message } = walker;
        if (message.type !== MessageType.ERROR && message.type !== MessageType.DONE) continue;
        assert.ok(decodeAck(message).errno < 4096);
        ends++;
      }
    }
    assert.ok(ends <= requests, `${ends} ends of ${requests} requests`);
  },
};
