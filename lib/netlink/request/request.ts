import type { Message, MessageWriter } from '../../../protocol/netlink/index.ts';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import { MalformedReplyError } from '../errors.ts';
import type { Call, Explanation } from './call.ts';

/** A request, and how its replies are decoded. */
export interface RequestDescription<Item> {
  /** The request's name, for errors: `RTM_GETLINK`. */
  readonly command: string;
  /** The object that it is about, for errors. */
  readonly object?: string | undefined;
  /** The message type. */
  readonly type: number;
  /** Header flags besides REQUEST, ACK and DUMP. */
  readonly flags?: number | undefined;
  /** Appends what comes after the netlink header. Default: nothing. */
  readonly encode?: ((writer: MessageWriter) => void) | undefined;
  /** Decodes one reply, copying what it keeps; `undefined` leaves the message out. */
  readonly decode?: ((message: Message) => Item | undefined) | undefined;
  /**
   * Whether a do is answered by a message ahead of its ack, so that an ack alone means a lost reply.
   * Default: true where there is a `decode`.
   */
  readonly expectsReply?: boolean | undefined;
  /** False for a protocol that never acknowledges: the request ends when it is sent. Default: true. */
  readonly acknowledged?: boolean | undefined;
  /** The path of the attribute that the kernel points at, for errors. See {@link Call.attributePath}. */
  readonly attributePath?: Call<unknown>['attributePath'];
  /** What an error number means for this request. See {@link Call.explain}. */
  readonly explain?: Call<unknown>['explain'];
}

/**
 * A dump whose result is the list of its decoded messages. Where a message cannot be decoded the others are
 * still read; the dump then fails with a {@link MalformedReplyError} that holds them.
 */
export function listRequest<Item>(description: RequestDescription<Item>): ListRequest<Item> {
  return new ListRequest(description, true);
}

/** A do request whose result is the list of its replies: empty where only an ack comes. */
export function doRequest<Item>(description: RequestDescription<Item>): ListRequest<Item> {
  return new ListRequest(description, false);
}

/** How many DecodeErrors are held at most; the others are counted. */
const MAXIMUM_ERRORS = 100;

/** A call made of a description; see {@link listRequest} and {@link doRequest}. */
export class ListRequest<Item> implements Call<Item[]> {
  readonly command: string;
  readonly object: string;
  readonly type: number;
  readonly dump: boolean;
  readonly flags: number;
  readonly expectsReply: boolean;
  readonly acknowledged: boolean;
  readonly #description: RequestDescription<Item>;
  #items: Item[] = [];
  #errors: DecodeError[] = [];
  #malformed = 0;

  constructor(description: RequestDescription<Item>, dump: boolean) {
    this.command = description.command;
    this.object = description.object ?? '';
    this.type = description.type;
    this.dump = dump;
    this.flags = description.flags ?? 0;
    this.acknowledged = description.acknowledged ?? true;
    this.expectsReply = description.expectsReply ?? description.decode !== undefined;
    this.#description = description;
  }

  encode(writer: MessageWriter): void {
    this.#description.encode?.(writer);
  }

  receive(message: Message): void {
    try {
      const item = this.#description.decode?.(message);
      if (item !== undefined) this.#items.push(item);
    } catch (error) {
      if (!this.dump || !(error instanceof DecodeError)) throw error;
      this.#malformed++;
      if (this.#errors.length < MAXIMUM_ERRORS) this.#errors.push(error.relativeTo(message.offset));
    }
  }

  result(): Item[] {
    if (this.#malformed > 0)
      throw new MalformedReplyError(this.command, this.#items, this.#errors, this.#malformed);
    return this.#items;
  }

  restart(): void {
    this.#items = [];
    this.#errors = [];
    this.#malformed = 0;
  }

  /** Hands over what has been decoded so far and forgets it: for streamed dumps. */
  take(): Item[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  attributePath(request: Uint8Array, offset: number, missing?: number): string | undefined {
    return this.#description.attributePath?.(request, offset, missing);
  }

  explain(errno: number): Explanation | undefined {
    return this.#description.explain?.(errno);
  }
}
