import { Command, copyServiceKey, FAMILY_VERSION, ipvsAttributes } from '../../protocol/ipvs/index.ts';
import { MessageFlag, MessageWriter } from '../../protocol/netlink/index.ts';
import type { ReceivedService } from '../ipvs/requests.ts';

const SERVICE_NEST = ipvsAttributes.command.service[0];

/** Requests for the destinations of services, one behind the other, in memory that threads share. */
export interface DumpRequests {
  readonly bytes: Uint8Array;
  /** The same bytes, for the port id of who sends a request: only then it is put in. */
  readonly words: Int32Array;
  /** Where each ends; it begins where the one before ends. */
  readonly ends: Int32Array;
}

/**
 * Makes a GET_DEST dump for each service that was just read. Sequence numbers count from 1. `family` is
 * the message type of the family IPVS.
 */
export function dumpRequests(services: readonly ReceivedService[], family: number): DumpRequests {
  const writer = new MessageWriter();
  const ends = new Int32Array(new SharedArrayBuffer(4 * services.length));
  for (const [index, { view, start, end }] of services.entries()) {
    const message = writer.beginMessage({
      type: family,
      flags: MessageFlag.REQUEST | MessageFlag.ACK | MessageFlag.DUMP,
      sequence: index + 1,
      portId: 0,
    });
    writer.u8(Command.GET_DEST);
    writer.u8(FAMILY_VERSION);
    writer.u16(0);
    const nest = writer.beginAttribute(SERVICE_NEST);
    copyServiceKey(view, start, end, writer);
    writer.endAttribute(nest);
    writer.endMessage(message);
    ends[index] = writer.length;
  }
  const bytes = new Uint8Array(new SharedArrayBuffer(writer.length));
  bytes.set(writer.bytes);
  return { bytes, words: new Int32Array(bytes.buffer), ends };
}
