import {
  GENERIC_HEADER_LENGTH,
  type GenericFamily,
  writeGenericHeader,
} from '../../../protocol/genetlink/index.ts';
import { Command, FAMILY_VERSION, ipvsCodec } from '../../../protocol/ipvs/index.ts';
import type { Message, MessageWriter } from '../../../protocol/netlink/index.ts';
import { attributePathIn } from '../../netlink/request/attribute-path.ts';
import type { Call, Explanation } from '../../netlink/request/call.ts';
import { explain, type ServiceModules } from '../explanations.ts';
import { MalformedObjects, MalformedReplies } from './malformed-objects.ts';

/** The name of a command of IPVS. */
export type CommandName = keyof typeof Command;

/** Returns the path of the attribute at the offset in an extended ack. */
export const attributePath: NonNullable<Call<unknown>['attributePath']> = attributePathIn(
  ipvsCodec,
  'command',
  GENERIC_HEADER_LENGTH,
);

/**
 * A validated request to the IPVS family, independent of the family's id. It collects its replies, so each instance
 * is used for one request only.
 */
export interface IpvsRequest<Result> {
  readonly command: CommandName;
  /** Description of what the request reads or changes, for error messages: `service tcp 10.0.0.1:80`. */
  readonly object: string;
  readonly dump: boolean;
  /** The scheduler and persistence engine, whose kernel modules the request needs; for error messages. */
  readonly kernelModules?: ServiceModules | undefined;
  /** Whether it may be sent without NLM_F_ACK, see `Call.mayOmitAck`. */
  readonly mayOmitAck?: boolean;
  /** Whether a reply must precede its ack, see `Call.requiresReply`. */
  readonly requiresReply?: boolean;
  encode(writer: MessageWriter): void;
  receive(message: Message): void;
  result(): Result;
  reset(): void;
}

/** Appends the generic netlink header and the attributes of a request. */
export function encodeRequest(writer: MessageWriter, request: IpvsRequest<unknown>): void {
  writeGenericHeader(writer, { command: Command[request.command], version: FAMILY_VERSION });
  request.encode(writer);
}

/**
 * An {@link IpvsRequest} bound to the id of the family, as a {@link Call}. If objects of a dump are malformed,
 * the others are still decoded, and the errors are added to `malformed`; without it the dump fails with a
 * `MalformedReplyError`.
 */
export class IpvsCall<Result> implements Call<Result> {
  readonly type: number;
  readonly command: CommandName;
  readonly dump: boolean;
  readonly mayOmitAck: boolean;
  readonly requiresReply: boolean;
  readonly #request: IpvsRequest<Result>;
  readonly #malformed: MalformedReplies | undefined;
  #malformedObjects: MalformedObjects | undefined;

  constructor(family: GenericFamily, request: IpvsRequest<Result>, malformed?: MalformedReplies) {
    this.#malformed = malformed;
    this.type = family.id;
    this.command = request.command;
    this.dump = request.dump;
    this.mayOmitAck = request.mayOmitAck === true;
    this.requiresReply = request.requiresReply === true;
    this.#request = request;
  }

  get object(): string {
    return this.#request.object;
  }

  encode(writer: MessageWriter): void {
    encodeRequest(writer, this.#request);
  }

  receive(message: Message): void {
    if (!this.dump) {
      this.#request.receive(message);
      return;
    }
    try {
      this.#request.receive(message);
    } catch (error) {
      this.#malformedObjects ??= new MalformedObjects();
      this.#malformedObjects.add(error, message);
    }
  }

  result(): Result {
    const result = this.#request.result();
    if (this.#malformedObjects === undefined) return result;
    const malformed = this.#malformed ?? new MalformedReplies();
    malformed.set(this, this.#malformedObjects);
    if (this.#malformed === undefined) malformed.throwIfAny(this.command, result);
    return result;
  }

  reset(): void {
    this.#malformed?.set(this, undefined);
    this.#malformedObjects = undefined;
    this.#request.reset();
  }

  attributePath(request: Uint8Array, offset: number, missing?: number): string | undefined {
    return attributePath(request, offset, missing);
  }

  explain(errno: number): Explanation | undefined {
    return explain(this.command, this.object, errno, this.#request.kernelModules);
  }
}
