import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ServiceDefinition } from '../../../../lib/index.ts';
import { startIn } from './start-in.ts';

/** A visitor of a service, who holds his connections. */
export class Visitor {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(namespace: string, { address, port }: ServiceDefinition) {
    this.#child = startIn(namespace, 'holding-visitor.js', address!, String(port));
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Tries one more connection, and says what came of it. */
  async connect(): Promise<string> {
    this.#child.stdin!.write('\n');
    return (await this.#lines.next()).value!;
  }

  /** Ends, and with it its connections. */
  async leave(): Promise<void> {
    this.#child.stdin!.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}
