import { MessageFlag, type MessageWriter } from '../../../protocol/netlink/index.ts';
import type { Call } from '../request/call.ts';

/** Appends a call's message. Throws what its encoder throws. */
export function encodeRequest(
  writer: MessageWriter,
  call: Call<unknown>,
  sequence: number,
  portId: number,
  requestsAck: boolean,
): void {
  const flags = requestFlags(call, requestsAck);
  const offset = writer.beginMessage({ type: call.type, flags, sequence, portId });
  call.encode(writer);
  writer.endMessage(offset);
}

/** Returns the header flags of a call's message. */
export function requestFlags(call: Call<unknown>, requestsAck: boolean): number {
  return (
    MessageFlag.REQUEST |
    (requestsAck && call.acknowledged !== false ? MessageFlag.ACK : 0) |
    (call.dump ? MessageFlag.DUMP : 0) |
    (call.flags ?? 0)
  );
}
