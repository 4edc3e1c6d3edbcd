import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

// Usage: echo-server ADDRESS PORT. Sends back what it receives over UDP and TCP.
const [address, port] = [process.argv[2]!, Number(process.argv[3])];
const socket = createSocket('udp4');
socket.on('message', (message, from) => socket.send(message, from.port, from.address));
socket.bind(port, address, () => {
  const server = createServer((connection) => connection.pipe(connection));
  server.listen(port, address, () => process.stdout.write('ready\n'));
});
