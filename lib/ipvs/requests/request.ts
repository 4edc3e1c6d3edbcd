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
import type { ModuleNames } from '../explanations.ts';
import type { CommandName, IpvsRequest } from './ipvs-call.ts';

/**
 * A request that is answered by its ack alone. The object's text is made only when it is needed, as batches
 * have thousands of these.
 */
export class WriteRequest implements IpvsRequest<void> {
  readonly command: CommandName;
  readonly dump = false;
  readonly sharesAck: boolean;
  readonly #values: CommandValues;
  readonly #object: () => string;

  constructor(command: CommandName, values: CommandValues, object: () => string, sharesAck = true) {
    this.command = command;
    this.sharesAck = sharesAck;
    this.#values = values;
    this.#object = object;
  }

  get object(): string {
    return this.#object();
  }

  get names(): ModuleNames | undefined {
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

  restart(): void {}
}

/** A request about the object that `object` names that is answered by its ack alone. */
export function write(command: CommandName, values: CommandValues, object: () => string): IpvsRequest<void> {
  return new WriteRequest(command, values, object);
}

/** The parts of a request for objects; `read` adds those of one message to `items`. */
export interface ReadRequest<Item> {
  readonly command: CommandName;
  readonly object?: string;
  readonly dump: boolean;
  readonly encode?: (writer: MessageWriter) => void;
  readonly read: (view: ByteView, start: number, end: number, items: Item[]) => void;
}

/** A request that is answered by messages. */
export function read<Item>(reading: ReadRequest<Item>): IpvsRequest<Item[]> {
  let items: Item[] = [];
  return {
    command: reading.command,
    object: reading.object ?? '',
    dump: reading.dump,
    expectsReply: !reading.dump,
    encode: reading.encode ?? encodeNothing,
    receive: (message) => reading.read(message.view, genericPayload(message), message.end, items),
    result: () => items,
    restart: () => {
      items = [];
    },
  };
}

/** Encodes a request without attributes. */
export function encodeNothing(): void {}

/** Encodes a request that names a service. Throws a FieldError. */
export function encodeKey(key: ServiceKey): (writer: MessageWriter) => void {
  const values = serviceKeyValues(key);
  return (writer) => encodeServiceNest(writer, values);
}

/** A service, as errors name it. */
export function serviceObject(key: ServiceKey): string {
  return `service ${serviceKeyText(key)}`;
}

/** A destination, as errors name it. */
export function destinationObject(key: ServiceKey, destination: DestinationKey): string {
  return `destination ${destinationKeyText(destination)} of service ${serviceKeyText(key)}`;
}
