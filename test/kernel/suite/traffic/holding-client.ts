import { connect } from 'node:net';
import { createInterface } from 'node:readline';

// Usage: holding-client ADDRESS PORT. Tries to connect for each line on standard input, prints the result, and holds
// the connections until it ends.
const [address, port] = [process.argv[2]!, Number(process.argv[3])];
for await (const _line of createInterface({ input: process.stdin })) {
  const result = await new Promise<string>((resolve) => {
    const connection = connect(port, address);
    connection.once('connect', () => resolve('connected'));
    connection.on('error', () => resolve('refused'));
    connection.setTimeout(5000, () => resolve('no answer'));
  });
  process.stdout.write(`${result}\n`);
}
process.exit();
