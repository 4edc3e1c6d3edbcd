import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';

// Usage: echo-client ADDRESS PORT DATAGRAMS LENGTH STREAM. Sends DATAGRAMS datagrams of LENGTH bytes over
// UDP, each after the echo of the one before, then STREAM bytes over one TCP connection.
const address = process.argv[2]!;
const [port, datagrams, length, stream] = process.argv.slice(3).map(Number) as [
  number,
  number,
  number,
  number,
];

const socket = createSocket('udp4');
for (let sent = 0; sent < datagrams; sent++) {
  socket.send(Buffer.alloc(length, sent), port, address);
  await once(socket, 'message');
}
socket.close();

const connection = connect(port, address);
connection.end(Buffer.alloc(stream, 'x'));
let echoed = 0;
for await (const part of connection) echoed += (part as Buffer).length;
process.stdout.write(`echoed ${datagrams} datagrams and ${echoed} bytes\n`);
