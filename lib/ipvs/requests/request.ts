import { genericPayload } from '../../../protocol/genetlink/index.ts';
import { encodeDestinationNest, encodeServiceNest } from '../../../protocol/ipvs/encode/nests.ts';
import {
  type CommandValues,
  type DestinationKey,
  destinationKeyText,
  ipvsCodec,
  type ServiceKey,
  serviceKeyText,
  serviceKeyValues,
} from '../../../protocol/ipvs/index.ts';
import type { ByteView, MessageWriter } from '../../../protocol/netlink/index.ts';
import type { ServiceModules } from '../explanations.ts';
import type { CommandName, IpvsRequest } from './ipvs-call.ts';

/**
 * A request to which the only response is an ack. The description of what it changes is built only when an error needs
 * it, as a batch can have thousands of requests.
 */
export class WriteRequest implements IpvsRequest<void> {
  readonly command: CommandName;
  readonly dump = false;
  /** Whether it may be sent without NLM_F_ACK, see `Call.mayOmitAck`. */
  readonly mayOmitAck: boolean;
  readonly #values: CommandValues;
  readonly #describe: () => string;

  /** `describe` describes what the request changes, for error messages. */
  constructor(command: CommandName, values: CommandValues, describe: () => string, mayOmitAck = true) {
    this.command = command;
    this.mayOmitAck = mayOmitAck;
    this.#values = values;
    this.#describe = describe;
  }

  get object(): string {
    return this.#describe();
  }

  /** The scheduler and persistence engine, whose kernel modules the request needs; for error messages. */
  get kernelModules(): ServiceModules | undefined {
    return this.#values.service;
  }

  encode(writer: MessageWriter): void {
    const { service, destination } = this.#values;
    if (service === undefined) ipvsCodec.encode('command', writer, this.#values);
    else encodeServiceNest(writer, service);
    if (destination !== undefined) encodeDestinationNest(writer, destination);
  }

  receive(): void {}

  result(): void {}

  reset(): void {}
}

/** What a request that reads objects (services, destinations, daemons or settings) consists of. */
export interface ReadRequest<Item> {
  readonly command: CommandName;
  /** Description of what is read, for error messages: `service tcp 10.0.0.1:80`. Default: empty. */
  readonly object?: string;
  readonly dump: boolean;
  /** Appends the attributes. Default: there are none. */
  readonly encode?: (writer: MessageWriter) => void;
  /** Decodes the objects in one reply message and appends them to `items`. */
  readonly decode: (view: ByteView, start: number, end: number, items: Item[]) => void;
}

/** Returns a request that reads objects. */
export function readRequest<Item>(request: ReadRequest<Item>): IpvsRequest<Item[]> {
  let items: Item[] = [];
  return {
    command: request.command,
    object: request.object ?? '',
    dump: request.dump,
    // A GET that is not a dump must bring a reply; a dump may be empty.
    requiresReply: !request.dump,
    encode: request.encode ?? encodeNothing,
    receive: (message) => request.decode(message.view, genericPayload(message), message.end, items),
    result: () => items,
    reset: () => {
      items = [];
    },
  };
}

/** Encodes a request without attributes. */
export function encodeNothing(): void {}

/** Returns an encoder of a service's key. Throws a FieldError if the key is invalid. */
export function encodeKey(key: ServiceKey): (writer: MessageWriter) => void {
  const values = serviceKeyValues(key);
  return (writer) => encodeServiceNest(writer, values);
}

/** Describes a service for error messages. */
export function nameOfService(key: ServiceKey): string {
  return `service ${serviceKeyText(key)}`;
}

/** Describes a destination for error messages. */
export function nameOfDestination(key: ServiceKey, destination: DestinationKey): string {
  return `destination ${destinationKeyText(destination)} of service ${serviceKeyText(key)}`;
}
