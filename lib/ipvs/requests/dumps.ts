import { encodeServiceNest } from '../../../protocol/ipvs/encode/nests.ts';
import {
  type DumpDecoder,
  type Family,
  ipvsAttributes,
  type ServiceKey,
  type ServiceView,
  serviceKeyValues,
} from '../../../protocol/ipvs/index.ts';
import { type Message, type MessageWriter, NESTED } from '../../../protocol/netlink/index.ts';
import type { CommandName, IpvsRequest } from './ipvs-call.ts';
import { encodeKey, encodeNothing, nameOfService } from './request.ts';

const SERVICE_NEST = ipvsAttributes.command.service[0];

/**
 * GET_SERVICE_DEST: dumps all services, or one, together with their destinations in a single dump, decoded by
 * `decoder`. The request's result is what `result` returns.
 */
export function getServicesWithDestinations<Result>(
  decoder: DumpDecoder<unknown>,
  result: () => Result,
  key?: ServiceKey,
): IpvsRequest<Result> {
  const values = key === undefined ? undefined : serviceKeyValues(key);
  const encode = (writer: MessageWriter): void => {
    // The kernel validates this command strictly: a nest without NLA_F_NESTED is EINVAL (validate_nla).
    if (values !== undefined) encodeServiceNest(writer, values, NESTED);
  };
  return intoDecoder('GET_SERVICE_DEST', key, true, encode, decoder, result);
}

/** GET_SERVICE: dumps all services, or reads one, decoded by `decoder`. */
export function getServicesInto(decoder: DumpDecoder<unknown>, key?: ServiceKey): IpvsRequest<void> {
  const encode = key === undefined ? encodeNothing : encodeKey(key);
  return intoDecoder('GET_SERVICE', key, key === undefined, encode, decoder, () => undefined);
}

/**
 * GET_DEST: dumps the destinations of a service. `decoder` decodes them and drops duplicates; it must already have
 * decoded the service. The view `service` must not be repositioned before the request has been
 * encoded. A class rather than an object of closures, as thousands of these are created.
 */
export class DestinationsRequest<Item> implements IpvsRequest<void> {
  readonly command = 'GET_DEST';
  readonly dump = true;
  /** Whether any destination has been received. */
  hasDestinations = false;
  readonly #decoder: DumpDecoder<Item>;
  readonly #service: ServiceView;
  readonly #family: Family;
  #item!: Item;

  constructor(decoder: DumpDecoder<Item>, service: ServiceView) {
    this.#decoder = decoder;
    this.#service = service;
    this.#family = service.family;
  }

  /**
   * Prepares to receive the replies. Their destinations are added to `item`, the decoder's result for the service.
   * Must be called exactly once, before the first reply is received.
   */
  begin(item: Item): void {
    this.#item = item;
    this.reset();
  }

  get object(): string {
    return nameOfService(this.#service.key);
  }

  encode(writer: MessageWriter): void {
    const nest = writer.beginAttribute(SERVICE_NEST);
    this.#service.writeKey(writer);
    writer.endAttribute(nest);
  }

  receive(message: Message): void {
    // A datagram is consistent in itself, but the next one resumes by index and may repeat destinations.
    if (message.offset === 0 && this.hasDestinations) this.#decoder.markSplit(this.#item);
    this.hasDestinations = true;
    this.#decoder.add(message);
  }

  result(): void {
    this.#decoder.finish();
  }

  reset(): void {
    this.hasDestinations = false;
    this.#decoder.restartDestinations(this.#item, this.#family);
  }
}

/** Returns a request whose replies are decoded by `decoder`. */
function intoDecoder<Result>(
  command: CommandName,
  key: ServiceKey | undefined,
  dump: boolean,
  encode: (writer: MessageWriter) => void,
  decoder: DumpDecoder<unknown>,
  result: () => Result,
): IpvsRequest<Result> {
  return {
    command,
    object: key === undefined ? '' : nameOfService(key),
    dump,
    encode,
    receive: (message) => decoder.add(message),
    result: () => {
      decoder.finish();
      return result();
    },
    reset: () => decoder.reset(),
  };
}
