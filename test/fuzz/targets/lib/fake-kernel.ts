import assert from 'node:assert/strict';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { MessageFlag, MessageType } from '../../../../protocol/index.ts';
import { destination, service } from '../../../lib/testing/raw-client.ts';
import { referenceMessages } from '../../checks/reference-messages.ts';
import { selected } from '../../checks/selector.ts';
import { datagramsOfFamily } from '../../seeds.ts';
import type { Target } from '../../target.ts';

const singleDumps = ['none', 'nested', 'flat', 'full-nat'] as const;

export const target: Target = {
  format: { kind: 'messages' },
  coveredModules: [
    'lib/testing/fake-socket.js',
    'lib/testing/ipvs/',
    'lib/testing/attribute-policy.js',
    'lib/testing/controller-family.js',
  ],
  seeds: () => datagramsOfFamily(new FakeKernel().familyId),
  run(input) {
    const singleDump = selected(input, singleDumps);
    const kernel = new FakeKernel({ singleDump, version: selected(input.subarray(4), ['6.1', '6.12']) });
    kernel.state.addService(service(80), [destination(1)]);
    let ends = 0;
    for (const datagram of kernel.replies(1, input)) {
      const bytes = Buffer.from(datagram);
      const [messages, malformed] = referenceMessages(bytes);
      assert.ok(!malformed);
      const replyEnds = messages.filter(
        ({ type }) => type === MessageType.ERROR || type === MessageType.DONE,
      );
      for (const { start } of replyEnds) assert.ok(bytes.readInt32LE(start + 16) <= 0);
      ends += replyEnds.length;
    }
    // Each request with NLM_F_ACK gets an ack or NLMSG_DONE, and no request gets two.
    const [requests] = referenceMessages(Buffer.from(input));
    const acknowledged = requests.filter(({ flags }) => (flags & MessageFlag.ACK) !== 0);
    assert.ok(acknowledged.length <= ends && ends <= requests.length, `${ends} ends`);
  },
};
