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
 * A request to which an ack is the only response. The description of its object is created on demand, as a
 * batch has thousands of these.
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

/** Returns a request to which an ack is the only response; `object` returns the description of its object. */
export function write(command: CommandName, values: CommandValues, object: () => string): IpvsRequest<void> {
  return new WriteRequest(command, values, object);
}

/** Describes a request for objects; `read` decodes those of one message and adds them to `items`. */
export interface ReadRequest<Item> {
  readonly command: CommandName;
  readonly object?: string;
  readonly dump: boolean;
  readonly encode?: (writer: MessageWriter) => void;
  readonly read: (view: ByteView, start: number, end: number, items: Item[]) => void;
}

/** Returns a request for objects. */
export function read<Item>(description: ReadRequest<Item>): IpvsRequest<Item[]> {
  let items: Item[] = [];
  return {
    command: description.command,
    object: description.object ?? '',
    dump: description.dump,
    expectsReply: !description.dump,
    encode: description.encode ?? encodeNothing,
    receive: (message) => description.read(message.view, genericPayload(message), message.end, items),
    result: () => items,
    restart: () => {
      items = [];
    },
  };
}

/** Encodes a request without attributes. */
export function encodeNothing(): void {}

/** Returns an encoder of a service's key. Throws a FieldError. */
export function encodeKey(key: ServiceKey): (writer: MessageWriter) => void {
  const values = serviceKeyValues(key);
  return (writer) => encodeServiceNest(writer, values);
}

/** Describes a service for errors. */
export function serviceObject(key: ServiceKey): string {
  return `service ${serviceKeyText(key)}`;
}

/** Describes a destination for errors. */
export function destinationObject(key: ServiceKey, destination: DestinationKey): string {
  return `destination ${destinationKeyText(destination)} of service ${serviceKeyText(key)}`;
}
