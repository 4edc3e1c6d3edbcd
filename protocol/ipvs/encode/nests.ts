import type { MaskedFlags, MessageWriter, UnknownAttribute } from '../../netlink/index.ts';
import { textBytes } from '../../netlink/index.ts';
import {
  destinationSettingAttributes,
  ipvsAttributes,
  type SettingAttribute,
  serviceSettingAttributes,
} from '../fields/attributes.ts';
import type { DestinationValues, ServiceValues } from './values.ts';

const { command: COMMAND, service: SERVICE, destination: DESTINATION } = ipvsAttributes;

/**
 * Appends a SERVICE nest. The values must be those of `serviceValues` or `serviceKeyValues`, and are not
 * checked. It writes the same bytes as `ipvsCodec`, but faster: a batch may have tens of thousands of
 * nests. `flags` are added to the type of the nest (NLA_F_NESTED).
 */
export function encodeServiceNest(writer: MessageWriter, values: ServiceValues, flags = 0): void {
  const { protocol, address, port, mark } = values;
  const nest = writer.beginAttribute(COMMAND.service[0] | flags);
  put16(writer, SERVICE.family[0], values.family!);
  if (protocol !== undefined) put16(writer, SERVICE.protocol[0], protocol);
  if (address !== undefined) putBytes(writer, SERVICE.address[0], address);
  if (port !== undefined) put16(writer, SERVICE.port[0], port, false);
  if (mark !== undefined) put32(writer, SERVICE.mark[0], mark);
  if (values.scheduler !== undefined) encodeSettings(writer, serviceSettingAttributes, values);
  writer.endAttribute(nest);
}

/**
 * As {@link encodeServiceNest} for a DEST nest, with values of `destinationValues` or `destinationKeyValues`.
 */
export function encodeDestinationNest(writer: MessageWriter, values: DestinationValues): void {
  const nest = writer.beginAttribute(COMMAND.destination[0]);
  putBytes(writer, DESTINATION.address[0], values.address!);
  put16(writer, DESTINATION.family[0], values.family!);
  put16(writer, DESTINATION.port[0], values.port!, false);
  if (values.forwarding !== undefined) encodeSettings(writer, destinationSettingAttributes, values);
  writer.endAttribute(nest);
}

function encodeSettings(
  writer: MessageWriter,
  attributes: readonly SettingAttribute[],
  values: ServiceValues | DestinationValues,
): void {
  for (const { name, type, kind } of attributes) {
    const value = (values as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) continue;
    switch (kind) {
      case 'u8':
        writer.put8(writer.attribute(type, 1), value as number);
        break;
      case 'u16':
        put16(writer, type, value as number);
        break;
      case 'u16be':
        put16(writer, type, value as number, false);
        break;
      case 'u32':
      case 's32':
        put32(writer, type, value as number);
        break;
      case 'bytes4':
        putBytes(writer, type, value as Uint8Array);
        break;
      case 'string':
        putText(writer, type, value as string);
        break;
      case 'masked-flags': {
        const { flags, mask } = value as MaskedFlags;
        const at = writer.attribute(type, 8);
        writer.put32(at, flags);
        writer.put32(at + 4, mask);
      }
    }
  }
  if (values.unknown !== undefined) putUnknown(writer, values.unknown);
}

function put16(writer: MessageWriter, type: number, value: number, littleEndian?: boolean): void {
  writer.put16(writer.attribute(type, 2), value, littleEndian);
}

function put32(writer: MessageWriter, type: number, value: number): void {
  writer.put32(writer.attribute(type, 4), value);
}

function putBytes(writer: MessageWriter, type: number, bytes: Uint8Array): void {
  writer.putBytes(writer.attribute(type, bytes.length), bytes);
}

/** Appends text with a trailing NUL. */
function putText(writer: MessageWriter, type: number, text: string): void {
  const bytes = textBytes(text)!;
  writer.putBytes(writer.attribute(type, bytes.length + 1), bytes);
}

function putUnknown(writer: MessageWriter, unknown: readonly UnknownAttribute[]): void {
  for (const { type, bytes } of unknown) {
    const attribute = writer.beginAttribute(type);
    writer.raw(bytes);
    writer.endAttribute(attribute);
  }
}
