import type { ByteView } from '../../protocol/netlink/index.ts';
import type { Consistency, DumpPart } from './dump-part.ts';

/** A request as it reaches an operation. */
export interface OperationRequest {
  /** A copy of the datagram. */
  readonly view: ByteView;
  /** Where the request's netlink header starts. */
  readonly offset: number;
  /** Where its attributes start. */
  readonly attributes: number;
  /** Where the request ends. */
  readonly end: number;
  readonly command: number;
  /** Queues a reply, which is sent before the ack. */
  reply(command: number, version: number, attributes: Uint8Array): void;
  /** Adds a message to the extended ack of a request that succeeds. */
  note(message: string): void;
}

/** A dump under way. */
export interface Dump {
  /**
   * Writes what fits into the part. True when it must be asked again for the next part, false when
   * the dump is at its end, so that NLMSG_DONE may follow in the same datagram.
   */
  fill(part: DumpPart, consistency: Consistency): boolean;
  /** Called when the dump is over or its socket is closed. */
  close?(): void;
}

/** An operation of a generic netlink family. */
export interface FakeOperation {
  readonly command: number;
  /** Needs CAP_NET_ADMIN. */
  readonly admin: boolean;
  /** Whether nlctrl lists the operation as having a policy. */
  readonly listsPolicy: boolean;
  /** Answers a request that is no dump (a do); throws a RequestRefused. */
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
  /** From this command on reserved header fields and flags are refused (`resv_start_op`). */
  readonly strictFrom: number;
  readonly operations: readonly FakeOperation[];
  readonly groups: readonly { readonly id: number; readonly name: string }[];
}
