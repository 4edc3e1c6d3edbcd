// A minimal Node program that lists a recorded single dump as `ipvsadm -Sn` does, to compare cold starts of `ipvs`
// with. It only supports IPv4 services with a protocol in a pcap file of link type 253 from this machine,
// and checks only bounds.
const { readFileSync, writeSync }: typeof import('node:fs') = require('node:fs');

const PACKET_HEADER = 16;
const LINK_HEADER = 16;
const MESSAGE_HEADERS = 20;
const NLCTRL_ID = 16;
const NEW_SERVICE = 1;
const DESTINATIONS = 13;
const PROTOCOL_OPTIONS: Readonly<Record<number, string>> = { 6: '-t', 17: '-u' };
const FORWARDING_OPTIONS = ['-m', '-l', '-i', '-g'];

const file = readFileSync(process.argv[2]!);
const words = new Int32Array(file.buffer, file.byteOffset, file.length >> 2);
let output = '';
/** The last service, as an option with its value. */
let service = '';

/** Formats an address and port from the words that contain them. */
function endpoint(address: number, port: number): string {
  const number = ((port & 255) << 8) | ((port >>> 8) & 255);
  return `${address & 255}.${(address >>> 8) & 255}.${(address >>> 16) & 255}.${address >>> 24}:${number}`;
}

/** Returns the index of the word after an attribute. Throws if the attribute is longer than its nest. */
function after(at: number, end: number): number {
  const length = words[at]! & 0xffff;
  const next = at + ((length + 3) >> 2);
  if (length < 4 || next > end) throw new Error(`an attribute of ${length} bytes is longer than its nest`);
  return next;
}

function listDestination(start: number, end: number): void {
  const values = [0, 0, 0, 0, 0];
  for (let at = start; at < end; at = after(at, end)) {
    const type = (words[at]! >>> 16) & 0x3fff;
    if (type < values.length) values[type] = words[at + 1]!;
  }
  const [, address, port, method, weight] = values;
  output += `-a ${service} -r ${endpoint(address!, port!)} ${FORWARDING_OPTIONS[method! & 7]} -w ${weight}\n`;
}

function listService(start: number, end: number): void {
  let protocol = 0;
  let address = 0;
  let port = 0;
  let scheduler = '';
  for (let at = start; at < end; ) {
    const next = after(at, end);
    const type = (words[at]! >>> 16) & 0x3fff;
    // The protocol, the address, the port and the scheduler's name.
    if (type === 2) protocol = words[at + 1]! & 0xffff;
    else if (type === 3) address = words[at + 1]!;
    else if (type === 4) port = words[at + 1]!;
    else if (type === 6) scheduler = file.toString('latin1', 4 * at + 4, 4 * at + (words[at]! & 0xffff) - 1);
    else if (type === DESTINATIONS) {
      const current = `${PROTOCOL_OPTIONS[protocol]} ${endpoint(address, port)}`;
      // A service with many destinations is repeated in further messages.
      if (current !== service) output += `-A ${(service = current)} -s ${scheduler}\n`;
      for (let entry = at + 1; entry < next; entry = after(entry, next))
        listDestination(entry + 1, after(entry, next));
    }
    at = next;
  }
}

for (let packet = 24; packet + PACKET_HEADER <= file.length; ) {
  const end = packet + PACKET_HEADER + file.readUInt32LE(packet + 8);
  for (let at = packet + PACKET_HEADER + LINK_HEADER; at + MESSAGE_HEADERS + 4 <= end; ) {
    const length = file.readUInt32LE(at);
    if (file.readUInt16LE(at + 4) > NLCTRL_ID && file[at + 16] === NEW_SERVICE)
      listService((at + MESSAGE_HEADERS + 4) >> 2, (at + length) >> 2);
    at += (length + 3) & ~3;
  }
  packet = end;
}
writeSync(1, output);
