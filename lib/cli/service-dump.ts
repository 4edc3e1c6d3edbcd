import { beginGenericMessage } from '../../protocol/genetlink/index.ts';
import {
  Command,
  FAMILY_VERSION,
  type GrowingService,
  ipvsAttributes,
  ipvsCodec,
  ObjectDecoder,
  serviceKeyText,
  serviceKeyValues,
} from '../../protocol/ipvs/index.ts';
import { align, ByteView, MessageFlag, MessageWriter } from '../../protocol/netlink/index.ts';
import type { Transport } from '../netlink/socket/transport.ts';
import { DumpParts, type RawObject, UnexpectedReply } from './dump-parts.ts';

/** Twice what the kernel fills (rule 9). Large, as a dump of services starts over for each part. */
const READ_ROOM = 65536;
const SLAB = 16 * READ_ROOM;
const SEQUENCE = 1;

/** A service whose destinations are still to be read. */
export interface ListedService {
  readonly service: GrowingService;
  /** The attributes that identify it, as a request has them. */
  readonly key: ByteView;
}

/**
 * Reads all services, part by part, each once: a dump resumes by index, so a change in the meantime can
 * make it repeat one. Nothing may be pending on `transport`; `family` is the message type of
 * the family IPVS. Throws an UnexpectedReply and a SystemCallError.
 */
export function* dumpServices(transport: Transport, family: number): Generator<ListedService[], void, void> {
  const { portId } = transport;
  transport.send(request(family, portId));
  const parts = new DumpParts(family, ipvsAttributes.command.service[0]);
  const met = new Set<string>();
  const decoder = new ObjectDecoder();
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
    yield services(decoder, objects, met);
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

function services(decoder: ObjectDecoder, objects: readonly RawObject[], met: Set<string>): ListedService[] {
  const found: ListedService[] = [];
  for (const { view, start, end } of objects) {
    const service = decoder.growingService(view, start, end);
    const before = met.size;
    met.add(serviceKeyText(service));
    if (met.size === before) continue;
    const writer = new MessageWriter(64);
    ipvsCodec.encode('service', writer, serviceKeyValues(service));
    found.push({ service, key: new ByteView(writer.bytes) });
  }
  return found;
}
