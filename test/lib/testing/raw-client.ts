import type { DestinationValues, FakeKernel, FakeSocket, ServiceValues } from '../../../lib/testing/index.ts';
import { beginGenericMessage, genericCommand, genericPayload } from '../../../protocol/genetlink/index.ts';
import { ipvsAttributes, ipvsCodec } from '../../../protocol/ipvs/fields/attributes.ts';
import { Command } from '../../../protocol/ipvs/fields/constants.ts';
import type { Ack, AttributeValues } from '../../../protocol/netlink/index.ts';
import {
  ByteView,
  decodeAck,
  MessageFlag,
  MessageType,
  MessageWalker,
  MessageWriter,
  NESTED,
} from '../../../protocol/netlink/index.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;
const BUFFER_LENGTH = 65536;

export type CommandValues = AttributeValues<typeof ipvsAttributes, 'command'>;

/** A request as bytes. */
export function request(
  type: number,
  command: number,
  values: CommandValues = {},
  options: {
    readonly flags?: number;
    readonly sequence?: number;
    /** Whether the nest of a service carries NLA_F_NESTED: where the command needs it, by default. */
    readonly nested?: boolean;
  } = {},
): Uint8Array {
  const writer = new MessageWriter();
  const flags = MessageFlag.REQUEST | MessageFlag.ACK | (options.flags ?? 0);
  const offset = beginGenericMessage(
    writer,
    { type, flags, sequence: options.sequence ?? 1 },
    { command, version: 1 },
  );
  if (options.nested ?? command === Command.GET_SERVICE_DEST) {
    const { service, ...rest } = values;
    if (service !== undefined) {
      const nest = writer.beginAttribute(ipvsAttributes.command.service[0] | NESTED);
      ipvsCodec.encode('service', writer, service);
      writer.endAttribute(nest);
    }
    ipvsCodec.encode('command', writer, rest);
  } else ipvsCodec.encode('command', writer, values);
  writer.endMessage(offset);
  return writer.copy();
}

/** A decoded message. */
export interface DecodedMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly portId: number;
  readonly length: number;
  /** The generic command; 0 for netlink's own messages. */
  readonly command: number;
  readonly values: CommandValues;
  readonly ack: Ack | undefined;
}

/** Every message of a datagram. */
export function messagesOf(datagram: Uint8Array): DecodedMessage[] {
  const messages: DecodedMessage[] = [];
  const walker = new MessageWalker(new ByteView(datagram));
  while (walker.next()) {
    const { message } = walker;
    const isControl = message.type < MessageType.MIN;
    const command = isControl ? 0 : genericCommand(message);
    // The reply to GET_INFO has other top-level attributes.
    const isDecodable = !isControl && command !== Command.SET_INFO;
    messages.push({
      type: message.type,
      flags: message.flags,
      sequence: message.sequence,
      portId: message.portId,
      length: message.end - message.offset,
      command,
      values: isDecodable
        ? ipvsCodec.decode('command', message.view, genericPayload(message), message.end)
        : {},
      ack:
        message.type === MessageType.ERROR || message.type === MessageType.DONE
          ? decodeAck(message)
          : undefined,
    });
  }
  return messages;
}

/** Receives every datagram in a socket's receive buffer, with reads of `length` bytes. */
export function receiveAll(socket: FakeSocket, length: number = BUFFER_LENGTH): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  for (;;) {
    const datagram = socket.receive(length);
    if (datagram === undefined) return datagrams;
    datagrams.push(datagram);
  }
}

/** Sends a do request and returns the errno of its ack. */
export function errnoOf(kernel: FakeKernel, command: number, values: CommandValues = {}): number {
  const replies = kernel.handle(1, request(kernel.familyId, command, values));
  return messagesOf(replies.at(-1) as Uint8Array)[0]?.ack?.errno ?? -1;
}

/** Requests a dump and returns all its messages but DONE. */
export function dump(kernel: FakeKernel, command: number, values: CommandValues = {}): DecodedMessage[] {
  const replies = kernel.handle(1, request(kernel.familyId, command, values, { flags: MessageFlag.DUMP }));
  return replies.flatMap(messagesOf).filter((message) => message.type !== MessageType.DONE);
}

export function address4(...bytes: [number, number, number, number]): Uint8Array {
  const address = new Uint8Array(16);
  address.set(bytes);
  return address;
}

/** A service that a kernel accepts; IPv4 TCP 10.0.0.1. */
export function service(port: number, overrides: ServiceValues = {}): ServiceValues {
  return {
    family: AF_INET,
    protocol: 6,
    address: address4(10, 0, 0, 1),
    port,
    scheduler: 'rr',
    flags: { flags: 0, mask: 0xffffffff },
    timeout: 0,
    netmask: Uint8Array.of(255, 255, 255, 255),
    ...overrides,
  };
}

/** A destination that a kernel accepts; 10.0.1.x:80, masquerading. */
export function destination(number: number, overrides: DestinationValues = {}): DestinationValues {
  return {
    address: address4(10, 0, 1 + (number >> 8), number & 0xff),
    family: AF_INET,
    port: 80,
    forwarding: 0,
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    ...overrides,
  };
}
