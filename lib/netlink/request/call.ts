import type { Message, MessageWriter } from '../../../protocol/netlink/index.ts';

/** The meaning of a kernel's error, in plain words. */
export interface Explanation {
  /** What is wrong: `no service tcp 10.0.0.1:80`. */
  readonly problem?: string | undefined;
  /** What can be done about it. */
  readonly hint?: string | undefined;
}

/** One request and the handling of its replies. Several can share a datagram. */
export interface Call<Result> {
  /** Name of the request, for errors: `GET_SERVICE`, `RTM_GETLINK`. */
  readonly command: string;
  /** The object that it is about, for errors: `service tcp 10.0.0.1:80`; empty for none in particular. */
  readonly object: string;
  /** The message type: a generic netlink family's id, or a command of a classic family. */
  readonly type: number;
  /** Whether the request asks for a dump (ends with NLMSG_DONE) or a do (ends with its ack). */
  readonly dump: boolean;
  /** Header flags besides REQUEST, ACK and DUMP. */
  readonly flags?: number;
  /**
   * True for a request that an ack alone answers: it need not ask for one where a later request of
   * the same datagram does (rule 1). False where the kernel may answer nothing at all (EINTR).
   */
  readonly sharesAck?: boolean;
  /** True for a do that is answered by a message of its own: an ack without one is a lost reply. */
  readonly expectsReply?: boolean;
  /** False for a protocol that never acknowledges (NETLINK_CONNECTOR): the request ends when it is sent. */
  readonly acknowledged?: boolean;
  /** Appends what comes after the netlink header. Throws a FieldError for values that do not fit. */
  encode(writer: MessageWriter): void;
  /**
   * Processes one reply message. The message object and its bytes are valid only during the call. May throw
   * a DecodeError.
   */
  receive(message: Message): void;
  /** The result of the call, after its ack or DONE has arrived. */
  result(): Result;
  /** Forgets all replies: an interrupted dump starts over. */
  restart(): void;
  /**
   * The attribute path that an extended ack's offset (from the request's header) points at. With
   * `missing`, the path of the attribute of that type which the nest at `offset` lacks (0: the
   * message itself).
   */
  attributePath?(request: Uint8Array, offset: number, missing?: number): string | undefined;
  /** Explains an error number in the context of this request, where its meaning is known. */
  explain?(errno: number): Explanation | undefined;
}
