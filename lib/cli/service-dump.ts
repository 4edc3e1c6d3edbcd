import { beginGenericMessage } from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_VERSION, ipvsAttributes, leadingKeyLength } from '../../protocol/ipvs/index.ts';
import { align, ByteView, MessageFlag, MessageWriter } from '../../protocol/netlink/index.ts';
import type { Transport } from '../netlink/socket/transport.ts';
import { DumpParts, type RawObject, UnexpectedReply } from './dump-parts.ts';

/** Twice what the kernel fills (rule 9). Large, as a dump of services starts over for each part. */
const READ_ROOM = 65536;
const SLAB = 16 * READ_ROOM;
const SEQUENCE = 1;

/** A service as it was received, what identifies it first. */
export interface RawService extends RawObject {
  /** How long the identifying attributes are, in bytes; a multiple of 4. */
  readonly keyLength: number;
}

/**
 * Reads all services, part by part, each once: a dump resumes by index, so a change in the meantime can
 * make it repeat one. Nothing may be pending on `transport`; `family` is the message type of
 * the family IPVS. Throws an UnexpectedReply and a SystemCallError.
 */
export function* dumpServices(transport: Transport, family: number): Generator<RawService[], void, void> {
  const { portId } = transport;
  transport.send(request(family, portId));
  const parts = new DumpParts(family, ipvsAttributes.command.service[0]);
  const met = new Set<string>();
  let slab = new ByteView(new Uint8Array(SLAB));
  let at = 0;
  for (let ended = false; !ended; ) {
    if (at + READ_ROOM > SLAB) {
      slab = new ByteView(new Uint8Array(SLAB));
      at = 0;
    }
    const length = transport.receive(slab.bytes.subarray(at, at + READ_ROOM));
    if (length < 0) throw new UnexpectedReply('there is no reply');
    if (length >= READ_ROOM) throw new UnexpectedReply('the datagram may have been cut off');
    const objects: RawObject[] = [];
    ended = parts.take(slab, at, at + length, SEQUENCE, portId, objects);
    yield services(slab, objects, met);
    at += align(length);
  }
}

function request(family: number, portId: number): Uint8Array {
  const writer = new MessageWriter();
  const flags = MessageFlag.REQUEST | MessageFlag.ACK | MessageFlag.DUMP;
  const header = { type: family, flags, sequence: SEQUENCE, portId };
  const generic = { command: Command.GET_SERVICE, version: FAMILY_VERSION };
  const message = beginGenericMessage(writer, header, generic);
  writer.endMessage(message);
  return writer.bytes;
}

function services(view: ByteView, objects: readonly RawObject[], met: Set<string>): RawService[] {
  const bytes = Buffer.from(view.bytes.buffer);
  const found: RawService[] = [];
  for (const { start, end } of objects) {
    const keyLength = leadingKeyLength(view, start, end);
    if (keyLength === 0) throw new UnexpectedReply('a service does not begin with what identifies it');
    const before = met.size;
    met.add(bytes.toString('latin1', start, start + keyLength));
    if (met.size > before) found.push({ view, start, end, keyLength });
  }
  return found;
}
