import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  doneFilter,
  HOST_IS_LITTLE_ENDIAN,
  MessageFlag,
  MessageType,
} from '../../../protocol/netlink/index.ts';

/** Interprets the instructions of classic BPF that the filter uses. Returns how many bytes of the datagram pass. */
function run(program: Uint8Array, datagram: Uint8Array): number {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const data = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  let value = 0;
  for (let at = 0; ; at += 8) {
    const constant = code.getUint32(at + 4, HOST_IS_LITTLE_ENDIAN);
    switch (code.getUint16(at, HOST_IS_LITTLE_ENDIAN)) {
      case 0x80:
        value = datagram.length;
        break;
      case 0x20:
        if (constant + 4 > datagram.length) return 0;
        value = data.getUint32(constant);
        break;
      case 0x15:
        at += 8 * code.getUint8(at + (value === constant ? 2 : 3));
        break;
      case 0x06:
        return constant;
      default:
        assert.fail('unknown instruction');
    }
  }
}

function message(type: number, flags: number, payload: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16 + 4 * payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, HOST_IS_LITTLE_ENDIAN);
  view.setUint16(4, type, HOST_IS_LITTLE_ENDIAN);
  view.setUint16(6, flags, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(8, 7, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(12, 4321, HOST_IS_LITTLE_ENDIAN);
  for (const [index, word] of payload.entries()) view.setInt32(16 + 4 * index, word, HOST_IS_LITTLE_ENDIAN);
  return bytes;
}

const { DONE, ERROR } = MessageType;
const { MULTI, DUMP_INTR, ACK_TLVS } = MessageFlag;

describe('the filter of NLMSG_DONE', () => {
  it('drops the NLMSG_DONE of a successful dump', () => {
    assert.equal(run(doneFilter(), message(DONE, MULTI, [0])), 0);
  });

  it('lets everything else pass untruncated', () => {
    const others: Readonly<Record<string, Uint8Array>> = {
      'a dump that failed': message(DONE, MULTI, [-12]),
      'a dump that was interrupted': message(DONE, MULTI | DUMP_INTR, [0]),
      'NLMSG_DONE with attributes': message(DONE, MULTI | ACK_TLVS, [0, 8, 0]),
      'NLMSG_DONE without an errno': message(DONE, MULTI, []),
      'NLMSG_DONE without NLM_F_MULTI': message(DONE, 0, [0]),
      'an ack': message(ERROR, 0, [0, 1, 2, 3, 4]),
      'NLMSG_ERROR of the same length': message(ERROR, MULTI, [0]),
      'another message': message(28, MULTI, [0]),
      'another message and NLMSG_DONE': Buffer.concat([message(28, MULTI, [1]), message(DONE, MULTI, [0])]),
    };
    for (const [what, datagram] of Object.entries(others))
      assert.equal(run(doneFilter(), Uint8Array.from(datagram)), 0xffffffff, what);
  });
});
