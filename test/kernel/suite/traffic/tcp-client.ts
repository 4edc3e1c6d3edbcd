import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ServiceDefinition } from '../../../../lib/index.ts';
import { startIn } from './start-in.ts';

/** A process that connects to a service and holds its connections. */
export class TcpClient {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(namespace: string, { address, port }: ServiceDefinition) {
    this.#child = startIn(namespace, 'holding-client.js', address!, String(port));
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Tries to open one more connection; `connected`, `refused` or `no answer`. */
  async connect(): Promise<string> {
    this.#child.stdin!.write('\n');
    return (await this.#lines.next()).value!;
  }

  /** Ends the process, and with it its connections. */
  async end(): Promise<void> {
    this.#child.stdin!.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
