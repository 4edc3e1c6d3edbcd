/** A message of a datagram: its offsets and the fields of its header. */
export interface ReferenceMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Returns the messages of a datagram by the kernel's rules (`NLMSG_OK`, `NLMSG_NEXT`), and whether other bytes follow
 * them.
 */
export function referenceMessages(
  bytes: Buffer,
): readonly [messages: ReferenceMessage[], malformed: boolean] {
  const found: ReferenceMessage[] = [];
  for (let start = 0; start < bytes.length; ) {
    const length = bytes.length - start < 16 ? 0 : bytes.readUInt32LE(start);
    const end = start + length;
    if (length < 16 || end > bytes.length) return [found, true];
    const [type, flags] = [bytes.readUInt16LE(start + 4), bytes.readUInt16LE(start + 6)];
    const [sequence, portId] = [bytes.readUInt32LE(start + 8), bytes.readUInt32LE(start + 12)];
    found.push({ type, flags, sequence, portId, start, end });
    start += Math.ceil(length / 4) * 4;
  }
  return [found, false];
}
