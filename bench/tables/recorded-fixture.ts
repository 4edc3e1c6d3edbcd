import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { visitMessages } from '../../lib/capture/messages.ts';
import { readCapture } from '../../lib/capture/pcap.ts';
import { Command, genericCommand, MessageType } from '../../protocol/index.ts';
import { projectFolder } from '../../test/kernel/lab/project.ts';
import { type Datagrams, joinDatagrams } from './datagrams.ts';

/** A small recorded table with every kind of service and destination. */
export const FIXTURE = 'fixtures/single-6.1/single-dump.pcap';
const REPEATS = 50;

/** Returns the datagrams of the fixture's first single dump, repeated because it is small. */
export function fixtureDump(): Datagrams {
  const { packets } = readCapture(readFileSync(join(projectFolder, FIXTURE)));
  let sequence = 0;
  const datagrams: Uint8Array[] = [];
  for (const packet of packets) {
    let belongs = false;
    visitMessages(packet, (message) => {
      if (packet.direction === 'to-user') belongs ||= message.sequence === sequence;
      else if (
        sequence === 0 &&
        message.type >= MessageType.MIN &&
        genericCommand(message) === Command.GET_SERVICE_DEST
      )
        sequence = message.sequence;
    });
    if (belongs && packet.direction === 'to-user') datagrams.push(packet.bytes);
  }
  return joinDatagrams(Array.from({ length: REPEATS }, () => datagrams).flat());
}
