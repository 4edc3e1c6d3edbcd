import type { Message, MessageWriter } from '../../../protocol/netlink/index.ts';
import { DecodeError } from '../../../protocol/netlink/index.ts';
import { MalformedReplyError } from '../errors.ts';
import type { Call, Explanation } from './call.ts';

/** Describes a request and the decoding of its replies. */
export interface RequestDescription<Item> {
  /** The request's name, for error messages: `GETLINK`. */
  readonly command: string;
  /** The object of the request, for error messages. */
  readonly object?: string | undefined;
  /** The message type. */
  readonly type: number;
  /** Header flags besides REQUEST, ACK and DUMP. */
  readonly flags?: number | undefined;
  /** Appends the payload of the message. Default: nothing. */
  readonly encode?: ((writer: MessageWriter) => void) | undefined;
  /** Decodes one reply message, whose bytes it must copy; `undefined` skips the message. */
  readonly decode?: ((message: Message) => Item | undefined) | undefined;
  /**
   * Whether a reply must precede the ack of a do: an ack alone means a lost reply.
   * Default: true if there is a `decode`.
   */
  readonly requiresReply?: boolean | undefined;
  /** Whether the protocol acknowledges requests. See {@link Call.acknowledged}. Default: true. */
  readonly acknowledged?: boolean | undefined;
  /** Converts the offsets of extended acks to attribute paths. See {@link Call.attributePath}. */
  readonly attributePath?: Call<unknown>['attributePath'];
  /** Explains an error number in the context of this request. See {@link Call.explain}. */
  readonly explain?: Call<unknown>['explain'];
}

/**
 * Returns a dump whose result is the list of its decoded messages. If a message is malformed, the others are
 * still decoded; the dump then fails with a {@link MalformedReplyError} that holds them.
 */
export function dumpRequest<Item>(description: RequestDescription<Item>): ListRequest<Item> {
  return new ListRequest(description, true);
}

/** Returns a do request whose result is the list of its replies: empty if there is only an ack. */
export function doRequest<Item>(description: RequestDescription<Item>): ListRequest<Item> {
  return new ListRequest(description, false);
}

/** Maximum number of DecodeErrors that are stored; the others are counted. */
const MAXIMUM_ERRORS = 100;

/** The {@link Call} that {@link dumpRequest} and {@link doRequest} return. */
export class ListRequest<Item> implements Call<Item[]> {
  readonly command: string;
  readonly object: string;
  readonly type: number;
  readonly dump: boolean;
  readonly flags: number;
  readonly requiresReply: boolean;
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
    this.requiresReply = description.requiresReply ?? description.decode !== undefined;
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

  reset(): void {
    this.#items = [];
    this.#errors = [];
    this.#malformed = 0;
  }

  /** Removes and returns the items decoded so far, for streamed dumps. */
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
