import {
  GENERIC_HEADER_LENGTH,
  type GenericFamily,
  writeGenericHeader,
} from '../../../protocol/genetlink/index.ts';
import { Command, FAMILY_VERSION, ipvsCodec } from '../../../protocol/ipvs/index.ts';
import type { Message, MessageWriter } from '../../../protocol/netlink/index.ts';
import { attributePathIn } from '../../netlink/request/attribute-path.ts';
import type { Call, Explanation } from '../../netlink/request/call.ts';
import { explain, type ModuleNames } from '../explanations.ts';
import { Damage, DamagedObjects } from './damage.ts';

/** The name of a command of IPVS. */
export type CommandName = keyof typeof Command;

/** The path of the attribute that an extended ack points at in a request. */
export const attributePath: NonNullable<Call<unknown>['attributePath']> = attributePathIn(
  ipvsCodec,
  'command',
  GENERIC_HEADER_LENGTH,
);

/**
 * A request to the IPVS family, checked and independent of the family's id. It collects its replies, so it
 * is sent only once.
 */
export interface IpvsRequest<Result> {
  readonly command: CommandName;
  readonly object: string;
  readonly dump: boolean;
  /** The names in it that belong to kernel modules, for errors. */
  readonly names?: ModuleNames | undefined;
  /** Whether its ack may be that of a later request, see `Call`. */
  readonly sharesAck?: boolean;
  /** Whether a message comes ahead of its ack, see `Call`. */
  readonly expectsReply?: boolean;
  encode(writer: MessageWriter): void;
  receive(message: Message): void;
  result(): Result;
  restart(): void;
}

/** Appends a request with the generic header ahead of it: all that follows the netlink header. */
export function encodeRequest(writer: MessageWriter, request: IpvsRequest<unknown>): void {
  writeGenericHeader(writer, { command: Command[request.command], version: FAMILY_VERSION });
  request.encode(writer);
}

/**
 * A request as the call that a connection runs. Where an object of a dump is damaged the others are still
 * read, and the errors are added to `damage`; without `damage` the dump ends with a `MalformedReplyError`.
 */
export class IpvsCall<Result> implements Call<Result> {
  readonly type: number;
  readonly command: CommandName;
  readonly dump: boolean;
  readonly sharesAck: boolean;
  readonly expectsReply: boolean;
  readonly #request: IpvsRequest<Result>;
  readonly #damage: Damage | undefined;
  #damaged: DamagedObjects | undefined;

  constructor(family: GenericFamily, request: IpvsRequest<Result>, damage?: Damage) {
    this.#damage = damage;
    this.type = family.id;
    this.command = request.command;
    this.dump = request.dump;
    this.sharesAck = request.sharesAck === true;
    this.expectsReply = request.expectsReply === true;
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
      this.#damaged ??= new DamagedObjects();
      this.#damaged.add(error, message);
    }
  }

  result(): Result {
    const result = this.#request.result();
    if (this.#damaged === undefined) return result;
    const damage = this.#damage ?? new Damage();
    damage.set(this, this.#damaged);
    if (this.#damage === undefined) damage.throwIfAny(this.command, result);
    return result;
  }

  restart(): void {
    this.#damage?.set(this, undefined);
    this.#damaged = undefined;
    this.#request.restart();
  }

  attributePath(request: Uint8Array, offset: number, missing?: number): string | undefined {
    return attributePath(request, offset, missing);
  }

  explain(errno: number): Explanation | undefined {
    return explain(this.command, this.object, errno, this.#request.names);
  }
}
