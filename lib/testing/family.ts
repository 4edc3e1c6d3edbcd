import type { ByteView } from '../../protocol/netlink/index.ts';
import type { Consistency, DumpDatagram } from './dump-datagram.ts';

/** A request for one of a family's operations. */
export interface OperationRequest {
  /** View of a copy of the datagram. */
  readonly view: ByteView;
  /** Offset of the request's netlink header. */
  readonly offset: number;
  /** Offset of its attributes. */
  readonly attributesOffset: number;
  /** Offset of its end (exclusive). */
  readonly end: number;
  readonly command: number;
  /** Queues a reply, which is sent before the ack. */
  reply(command: number, version: number, attributes: Uint8Array): void;
  /** Sets a warning message in the extended ack of a successful request. */
  warn(message: string): void;
}

/** A running dump. */
export interface Dump {
  /**
   * Writes as many messages as fit into the datagram. Returns true if it must be called again for the next one,
   * and false at the end of the dump, when NLMSG_DONE may be put into the same datagram.
   */
  fill(datagram: DumpDatagram, consistency: Consistency): boolean;
  /** Called when the dump has ended or its socket is closed. */
  close?(): void;
}

/** An operation of a generic netlink family. */
export interface FakeOperation {
  readonly command: number;
  /** Whether it needs CAP_NET_ADMIN. */
  readonly admin: boolean;
  /** Whether nlctrl reports that the operation has an attribute policy (GENL_CMD_CAP_HASPOL). */
  readonly hasPolicy: boolean;
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
  readonly resvStartOp: number;
  readonly operations: readonly FakeOperation[];
  /** The multicast groups. */
  readonly groups: readonly { readonly id: number; readonly name: string }[];
}
