import type { MessageWriter, UnknownAttribute } from '../../netlink/index.ts';
import { textBytes } from '../../netlink/index.ts';
import { ipvsAttributes } from '../fields/attributes.ts';
import type { DestinationValues, ServiceValues } from './values.ts';

const { command: COMMAND, service: SERVICE, destination: DESTINATION } = ipvsAttributes;

/**
 * Appends the SERVICE nest of values that `serviceValues` or `serviceKeyValues` has made; others are not checked.
 * The same bytes that the codec writes by the table, in less time, as a batch has tens of thousands.
 * `flags` are those of the nest's type (NLA_F_NESTED).
 */
export function encodeServiceNest(writer: MessageWriter, values: ServiceValues, flags = 0): void {
  const { protocol, address, port, mark, scheduler, timeout, netmask, persistenceEngine, unknown } = values;
  const nest = writer.beginAttribute(COMMAND.service[0] | flags);
  put16(writer, SERVICE.family[0], values.family!);
  if (protocol !== undefined) put16(writer, SERVICE.protocol[0], protocol);
  if (address !== undefined) putBytes(writer, SERVICE.address[0], address);
  if (port !== undefined) put16(writer, SERVICE.port[0], port, false);
  if (mark !== undefined) put32(writer, SERVICE.mark[0], mark);
  if (scheduler !== undefined) putText(writer, SERVICE.scheduler[0], scheduler);
  if (values.flags !== undefined) {
    const at = writer.attribute(SERVICE.flags[0], 8);
    writer.put32(at, values.flags.flags);
    writer.put32(at + 4, values.flags.mask);
  }
  if (timeout !== undefined) put32(writer, SERVICE.timeout[0], timeout);
  if (netmask !== undefined) putBytes(writer, SERVICE.netmask[0], netmask);
  if (persistenceEngine !== undefined) putText(writer, SERVICE.persistenceEngine[0], persistenceEngine);
  if (unknown !== undefined) putUnknown(writer, unknown);
  writer.endAttribute(nest);
}

/** The same for the DEST nest of values that `destinationValues` or `destinationKeyValues` has made. */
export function encodeDestinationNest(writer: MessageWriter, values: DestinationValues): void {
  const { forwarding, weight, upperThreshold, lowerThreshold, tunnelType, tunnelPort, tunnelFlags } = values;
  const nest = writer.beginAttribute(COMMAND.destination[0]);
  putBytes(writer, DESTINATION.address[0], values.address!);
  put16(writer, DESTINATION.family[0], values.family!);
  put16(writer, DESTINATION.port[0], values.port!, false);
  if (forwarding !== undefined) put32(writer, DESTINATION.forwarding[0], forwarding);
  if (weight !== undefined) put32(writer, DESTINATION.weight[0], weight);
  if (upperThreshold !== undefined) put32(writer, DESTINATION.upperThreshold[0], upperThreshold);
  if (lowerThreshold !== undefined) put32(writer, DESTINATION.lowerThreshold[0], lowerThreshold);
  if (tunnelType !== undefined) writer.put8(writer.attribute(DESTINATION.tunnelType[0], 1), tunnelType);
  if (tunnelPort !== undefined) put16(writer, DESTINATION.tunnelPort[0], tunnelPort, false);
  if (tunnelFlags !== undefined) put16(writer, DESTINATION.tunnelFlags[0], tunnelFlags);
  if (values.unknown !== undefined) putUnknown(writer, values.unknown);
  writer.endAttribute(nest);
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

/** Text with a NUL behind it. */
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
