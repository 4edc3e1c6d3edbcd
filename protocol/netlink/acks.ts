import { AttributeCodec } from './attributes/attribute-codec.ts';
import type { AttributeValues } from './attributes/attribute-sets.ts';
import {
  align,
  HEADER_LENGTH,
  HOST_IS_LITTLE_ENDIAN,
  MessageFlag,
  MessageType,
} from './messages/constants.ts';
import { DecodeError } from './messages/errors.ts';
import type { Message } from './messages/messages.ts';
import type { MessageWriter } from './messages/writer.ts';

/** The attributes of an extended ack (`NLMSGERR_ATTR_*`). */
export const extendedAckAttributes = {
  ack: {
    message: [1, 'string'],
    /** Offset of the offending attribute from the start of the request's header, in bytes. */
    offset: [2, 'u32'],
    cookie: [3, 'bytes'],
    policy: [4, 'bytes'],
    /** Type of an attribute missing from the request. */
    missingType: [5, 'u32'],
    /** Offset of the nest that the attribute is missing from; absent for the top level. */
    missingNest: [6, 'u32'],
  },
} as const;

/** The attributes of an extended ack; each is optional. */
export type ExtendedAck = AttributeValues<typeof extendedAckAttributes, 'ack'>;

/** Encodes and decodes the attributes of extended acks. */
export const extendedAckCodec: AttributeCodec<typeof extendedAckAttributes> = new AttributeCodec(
  extendedAckAttributes,
);

/** The outcome of a request: the contents of its NLMSG_ERROR, or of the NLMSG_DONE of its dump. */
export interface Ack {
  /** 0 for success, otherwise the positive error number. */
  readonly errno: number;
  /** The extended ack; empty if there is none or it is malformed. */
  readonly extended: ExtendedAck;
}

const NO_ATTRIBUTES: ExtendedAck = {};
const ERRNO_LENGTH = 4;

/**
 * Decodes the payload of an NLMSG_ERROR or NLMSG_DONE message.
 *
 * A DONE may have no payload at all, which means success. The attributes of the extended ack start after
 * the errno (DONE), after the echoed header (CAPPED) or after the whole echoed message. Attributes
 * that are malformed are ignored: they must not hide the errno. Throws a {@link DecodeError}
 * for an NLMSG_ERROR that is too short for an errno.
 */
export function decodeAck(message: Message): Ack {
  const { payloadOffset, end, flags, type } = message;
  const { data } = message.view;
  if (end - payloadOffset < ERRNO_LENGTH) {
    if (type === MessageType.DONE) return { errno: 0, extended: NO_ATTRIBUTES };
    throw new DecodeError('NLMSG_ERROR is too short for an errno', payloadOffset);
  }
  const errno = Math.abs(data.getInt32(payloadOffset, HOST_IS_LITTLE_ENDIAN));
  if ((flags & MessageFlag.ACK_TLVS) === 0) return { errno, extended: NO_ATTRIBUTES };
  let start = payloadOffset + ERRNO_LENGTH;
  if (type === MessageType.ERROR) {
    if (end - start < HEADER_LENGTH) return { errno, extended: NO_ATTRIBUTES };
    const echoed =
      (flags & MessageFlag.CAPPED) === 0 ? data.getUint32(start, HOST_IS_LITTLE_ENDIAN) : HEADER_LENGTH;
    if (echoed < HEADER_LENGTH || echoed > end - start) return { errno, extended: NO_ATTRIBUTES };
    start += align(echoed);
  }
  if (start >= end) return { errno, extended: NO_ATTRIBUTES };
  try {
    return { errno, extended: extendedAckCodec.decode('ack', message.view, start, end) };
  } catch (error) {
    if (error instanceof DecodeError) return { errno, extended: NO_ATTRIBUTES };
    throw error;
  }
}

/** The parts of an NLMSG_ERROR. */
export interface AckToEncode {
  /** The sequence number of the request. */
  readonly sequence: number;
  /** The port id of the socket that sent the request. */
  readonly portId: number;
  /** The error number, positive; 0 for an ack. */
  readonly errno: number;
  /** The attributes of an extended ack. */
  readonly extended?: ExtendedAck | undefined;
  /** The request, header included. */
  readonly request: Uint8Array;
  /** Echo only the request's header (NETLINK_CAP_ACK). */
  readonly capped: boolean;
}

/** Appends an NLMSG_ERROR as the kernel writes it (`netlink_ack`): success acks are always capped. */
export function encodeAck(writer: MessageWriter, ack: AckToEncode): void {
  const capped = ack.capped || ack.errno === 0;
  const flags = (capped ? MessageFlag.CAPPED : 0) | (ack.extended === undefined ? 0 : MessageFlag.ACK_TLVS);
  const offset = writer.beginMessage({
    type: MessageType.ERROR,
    flags,
    sequence: ack.sequence,
    portId: ack.portId,
  });
  writer.u32(-ack.errno >>> 0);
  writer.raw(capped ? ack.request.subarray(0, HEADER_LENGTH) : ack.request);
  writer.reserve(align(writer.length) - writer.length);
  if (ack.extended !== undefined) extendedAckCodec.encode('ack', writer, ack.extended);
  writer.endMessage(offset);
}

/** Appends the NLMSG_DONE of a dump, which carries an errno (`netlink_dump_done`). */
export function encodeDone(
  writer: MessageWriter,
  done: {
    readonly sequence: number;
    readonly portId: number;
    readonly flags?: number;
    readonly errno?: number;
    readonly extended?: ExtendedAck | undefined;
  },
): void {
  const extendedFlag = done.extended === undefined ? 0 : MessageFlag.ACK_TLVS;
  const offset = writer.beginMessage({
    type: MessageType.DONE,
    flags: MessageFlag.MULTI | extendedFlag | (done.flags ?? 0),
    sequence: done.sequence,
    portId: done.portId,
  });
  writer.u32(-(done.errno ?? 0) >>> 0);
  if (done.extended !== undefined) extendedAckCodec.encode('ack', writer, done.extended);
  writer.endMessage(offset);
}
