import type { Message, MessageWriter } from '../../../protocol/netlink/index.ts';

/** The explanation of a kernel's error number. */
export interface Explanation {
  /** The problem: `no service tcp 10.0.0.1:80`. */
  readonly problem?: string | undefined;
  /** Suggested remedy. */
  readonly hint?: string | undefined;
}

/** One request and the handling of its replies. Several can share a datagram. */
export interface Call<Result> {
  /** Name of the request, for error messages: `GET_SERVICE`, `GETLINK`. */
  readonly command: string;
  /** Description of the request's object, for error messages: `service tcp 10.0.0.1:80`; empty if there is none. */
  readonly object: string;
  /** The message type: a generic netlink family's id, or a command of a classic family. */
  readonly type: number;
  /** Whether the request is a dump (ends with NLMSG_DONE) or a do (ends with its ack). */
  readonly dump: boolean;
  /** Header flags besides REQUEST, ACK and DUMP. */
  readonly flags?: number;
  /**
   * Whether the request may be sent without NLM_F_ACK: of such requests in one datagram only the last has the flag,
   * and its ack stands for all of them (rule 1 of lib/netlink/README.md). Only for requests whose only response is
   * the ack, and which the kernel never leaves without one (it sends none for EINTR). Default: false.
   */
  readonly mayOmitAck?: boolean;
  /** Whether a reply must precede the ack of a do: an ack alone means a lost reply. Default: false. */
  readonly requiresReply?: boolean;
  /**
   * Whether the protocol acknowledges requests. Without acks (NETLINK_CONNECTOR) the request ends when it is
   * sent. Default: true.
   */
  readonly acknowledged?: boolean;
  /** Appends the payload of the message. Throws a FieldError for invalid values. */
  encode(writer: MessageWriter): void;
  /**
   * Processes one reply message. The message object and its bytes are valid until this method returns. May
   * throw a DecodeError.
   */
  receive(message: Message): void;
  /** Returns the result of the call, after its ack or NLMSG_DONE has arrived. */
  result(): Result;
  /** Discards the replies received so far; called before an interrupted dump is repeated. */
  reset(): void;
  /**
   * Returns the path of the attribute at the offset (from the request's header) in an extended ack. With
   * `missing`, the path of the attribute of that type that is absent from the nest at `offset` (0: the top
   * level).
   */
  attributePath?(request: Uint8Array, offset: number, missing?: number): string | undefined;
  /** Explains an error number in the context of this request, if its meaning is known. */
  explain?(errno: number): Explanation | undefined;
}
