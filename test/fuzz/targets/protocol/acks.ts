import assert from 'node:assert/strict';
import {
  ByteView,
  DecodeError,
  decodeAck,
  ipvsCodec,
  MessageType,
  MessageWalker,
} from '../../../../protocol/index.ts';
import { outcomeOf } from '../../checks/outcomes.ts';
import { capturedDatagrams, extendedAcks } from '../../seeds.ts';
import type { Target } from '../../target.ts';

const request: Uint8Array = capturedDatagrams().find(({ length }) => length > 100)!;
const requestView = new ByteView(request);

export const target: Target = {
  format: { kind: 'messages' },
  coveredModules: ['protocol/netlink/acks.js'],
  seeds: () => [...extendedAcks(request), ...capturedDatagrams()],
  run(input) {
    const walker = new MessageWalker(new ByteView(input));
    const { message } = walker;
    const buffer = Buffer.from(input);
    outcomeOf([DecodeError], () => {
      while (walker.next()) {
        const hasErrno = message.end - message.payloadOffset >= 4;
        const outcome = outcomeOf([DecodeError], () => decodeAck(message));
        const errno = hasErrno ? Math.abs(buffer.readInt32LE(message.payloadOffset)) : 0;
        if (!hasErrno && message.type !== MessageType.DONE) assert.ok('error' in outcome);
        else assert.equal('value' in outcome && outcome.value.errno, errno);
        if ('error' in outcome) continue;
        const { offset = 0, missingType = 0, missingNest = 0 } = outcome.value.extended;
        outcomeOf([DecodeError], () => ipvsCodec.pathAt('command', requestView, 20, request.length, offset));
        outcomeOf([DecodeError], () =>
          ipvsCodec.pathOfMissing('command', requestView, 20, request.length, missingNest, missingType),
        );
      }
    });
  },
};
