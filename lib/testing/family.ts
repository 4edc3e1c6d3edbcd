import type { ByteView } from '../../protocol/netlink/index.ts';
import type { Consistency, DumpPart } from './dump-part.ts';

/** A request to an operation of a family. */
export interface OperationRequest {
  /** A copy of the datagram. */
  readonly view: ByteView;
  /** Offset of the request's netlink header. */
  readonly offset: number;
  /** Offset of its attributes. */
  readonly attributes: number;
  /** Offset of its end (exclusive). */
  readonly end: number;
  readonly command: number;
  /** Queues a reply, which is sent before the ack. */
  reply(command: number, version: number, attributes: Uint8Array): void;
  /** Sets the message of the extended ack of a request that succeeds, a warning. */
  warn(message: string): void;
}

/** A running dump. */
export interface Dump {
  /**
   * Writes as many messages as fit into the part. Returns true if it must be called again for the next part,
   * and false at the end of the dump, when NLMSG_DONE may be put into the same datagram.
   */
  fill(part: DumpPart, consistency: Consistency): boolean;
  /** Called when the dump has ended or its socket is closed. */
  close?(): void;
}

/** An operation of a generic netlink family. */
export interface FakeOperation {
  readonly command: number;
  /** Whether it needs CAP_NET_ADMIN. */
  readonly admin: boolean;
  /** Whether nlctrl lists the operation as having a policy. */
  readonly listsPolicy: boolean;
  /** Runs a do request; throws a RequestRefused. */
  readonly run?: (request: OperationRequest) => void;
  /** Starts a dump; throws a RequestRefused. */
  readonly dump?: (request: OperationRequest) => Dump;
}

/** A generic netlink family of the fake kernel. */
export interface FakeFamily {
  readonly name: string;
  readonly version: number;
  readonly headerSize: number;
  readonly maxAttribute: number;
  /** The first command whose reserved header fields and flags are checked (`resv_start_op`). */
  readonly strictFrom: number;
  readonly operations: readonly FakeOperation[];
  readonly groups: readonly { readonly id: number; readonly name: string }[];
}
