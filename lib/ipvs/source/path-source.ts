import { type BigIntStats, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileFormat, readDesiredTable } from '../desired-file/index.ts';
import { type Document, readDocuments } from './documents.ts';
import { Pause } from './pause.ts';
import { SourceError, type SourceEvent, type StateSource } from './state-source.ts';

/** Interval at which a file or directory is polled, in milliseconds. */
const POLL_INTERVAL = 1000;
/** Time without a change after which a file is no longer considered as being written, in milliseconds. */
const QUIET = 500;
/**
 * Age of the last change, in milliseconds, from which on no quiet time is needed; generous, as clocks may
 * differ.
 */
const OLD = 60_000;

/** The result of polling a file or directory. */
interface PathState {
  /** Changes when anything has changed. */
  readonly signature: string;
  /** Time of the latest change, in milliseconds since 1970. */
  readonly changed: number;
  readonly files: readonly string[];
}

/**
 * A desired state from a file, or from the .json, .yaml and .yml files of a directory. It is polled every
 * second, which needs no descriptor, misses no change, and works on any file system.
 *
 * After a change it is read when nothing has changed for half a second, so that a file that is being written
 * in place is not read too early.
 */
export class PathSource implements StateSource {
  readonly name: string;
  readonly #format: FileFormat | undefined;
  readonly #pause = new Pause();
  #again = false;

  constructor(path: string, options: { readonly format?: FileFormat | undefined } = {}) {
    this.name = path;
    this.#format = options.format;
  }

  reread(): void {
    this.#again = true;
    this.#pause.wake();
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent, void, void> {
    let seen: string | undefined;
    let problem: string | undefined;
    for (; !signal.aborted; await this.#pause.wait(POLL_INTERVAL, signal)) {
      const found = this.#poll();
      if (found.signature === seen && !this.#again) continue;
      if (!(await this.#isQuiet(found, signal))) {
        this.#pause.wake();
        continue;
      }
      const always = this.#again;
      this.#again = false;
      const event = await this.#read(found);
      // A file that changed meanwhile may have been read in an intermediate state.
      if (this.#poll().signature !== found.signature) {
        this.#again = always;
        this.#pause.wake();
        continue;
      }
      if ('state' in event) {
        seen = found.signature;
        problem = undefined;
        yield event;
      } else {
        // The signature may stay the same when the file becomes readable again.
        seen = isContentError(event.problem) ? found.signature : undefined;
        if (event.problem.message !== problem || always) yield event;
        problem = event.problem.message;
      }
    }
  }

  /** Whether nothing has changed for half a second. */
  async #isQuiet({ signature, changed }: PathState, signal: AbortSignal): Promise<boolean> {
    if (Date.now() - changed >= OLD && signature !== '') return true;
    await new Pause().wait(QUIET, signal);
    return !signal.aborted && this.#poll().signature === signature;
  }

  #poll(): PathState {
    const path = this.name;
    const stats = statOf(path);
    if (stats?.isDirectory() !== true) {
      return { signature: signatureOf(stats), changed: Number(stats?.ctimeMs ?? 0), files: [path] };
    }
    const files = namesIn(path)
      .filter((name) => /^[^.].*\.(?:json|ya?ml)$/i.test(name))
      .sort()
      .map((name) => join(path, name));
    let changed = Number(stats.ctimeMs);
    const signatures = files.map((file) => {
      const found = statOf(file);
      changed = Math.max(changed, Number(found?.ctimeMs ?? 0));
      return `${file} ${signatureOf(found)}`;
    });
    return { signature: ['folder', ...signatures].join('\n'), changed, files };
  }

  async #read({ files }: PathState): Promise<SourceEvent> {
    try {
      if (files.length === 0)
        throw new SourceError(`${this.name}: has no file that ends in .json, .yaml or .yml`);
      const documents = files.map(
        (file): Document => ({ name: file, read: () => readFile(file, this.#format) }),
      );
      return { state: await readDocuments(documents), from: this.name };
    } catch (error) {
      return { problem: error instanceof Error ? error : new SourceError(String(error)) };
    }
  }
}

async function readFile(file: string, format: FileFormat | undefined): ReturnType<typeof readDesiredTable> {
  const stats = statSync(file);
  // Opening a named pipe would wait for its writer.
  if (!stats.isFile()) throw new SourceError(`${file}: is not a regular file`);
  return await readDesiredTable(file, { format });
}

/** Whether an error is in the contents of a file, so that reading the same contents again would not help. */
function isContentError(problem: Error): boolean {
  return !('syscall' in problem);
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function signatureOf(stats: BigIntStats | undefined): string {
  return stats === undefined
    ? ''
    : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
}
