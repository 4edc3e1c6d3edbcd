import { HEADER_LENGTH, HOST_IS_LITTLE_ENDIAN, MessageFlag, MessageType } from './constants.ts';

/** Opcodes of classic BPF (`linux/bpf_common.h`): `ld len`, `ld [k]`, `jeq`, `ret`. */
const Opcode = {
  LOAD_LENGTH: 0x80,
  LOAD_WORD: 0x20,
  JUMP_IF_EQUAL: 0x15,
  RETURN: 0x06,
} as const;
const INSTRUCTION_LENGTH = 8;
/** Return value of a filter that accepts the datagram at any length. */
const ACCEPT = 0xffffffff;

/**
 * Returns a socket filter (BPF, an array of `struct sock_filter`) that drops NLMSG_DONE at the end of a successful
 * dump: a datagram that holds only that message, with the flag NLM_F_MULTI and errno 0. The end of a dump that
 * failed or was interrupted is accepted.
 */
export function doneFilter(): Uint8Array {
  const typeAndFlags = new Uint8Array(new Uint16Array([MessageType.DONE, MessageFlag.MULTI]).buffer);
  const conditions: readonly (readonly [opcode: number, offset: number, value: number])[] = [
    [Opcode.LOAD_LENGTH, 0, HEADER_LENGTH + 4],
    // BPF loads words in network byte order.
    [Opcode.LOAD_WORD, 4, new DataView(typeAndFlags.buffer).getUint32(0)],
    [Opcode.LOAD_WORD, HEADER_LENGTH, 0],
  ];
  const program = new DataView(new ArrayBuffer((2 * conditions.length + 2) * INSTRUCTION_LENGTH));
  let at = 0;
  const append = (opcode: number, value: number, jumpIfFalse = 0): void => {
    program.setUint16(at, opcode, HOST_IS_LITTLE_ENDIAN);
    program.setUint8(at + 3, jumpIfFalse);
    program.setUint32(at + 4, value, HOST_IS_LITTLE_ENDIAN);
    at += INSTRUCTION_LENGTH;
  };
  for (const [index, [opcode, offset, value]] of conditions.entries()) {
    append(opcode, offset);
    // If the comparison is false, jumps to the last instruction, which accepts.
    append(Opcode.JUMP_IF_EQUAL, value, 2 * (conditions.length - index - 1) + 1);
  }
  append(Opcode.RETURN, 0);
  append(Opcode.RETURN, ACCEPT);
  return new Uint8Array(program.buffer);
}
