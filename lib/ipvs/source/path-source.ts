import { type BigIntStats, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileFormat, readDesiredState } from '../desired-file/index.ts';
import { type Document, readDocuments } from './documents.ts';
import { InterruptibleDelay } from './interruptible-delay.ts';
import { SourceError, type SourceEvent, type StateSource } from './state-source.ts';

/** Interval at which a file or directory is checked for changes, in milliseconds. */
const INTERVAL = 1000;
/** Time without changes after which a file is considered written, in milliseconds. */
const QUIET_PERIOD = 500;
/**
 * Age from which a change is considered complete without waiting, in milliseconds. It is long because the
 * clock of a network file system may differ from the local one.
 */
const OLD = 60_000;

/** The state of a file or directory. */
interface PathState {
  /** A text that changes whenever anything changes. */
  readonly signature: string;
  /** Time of the latest change, in milliseconds since 1970. */
  readonly changed: number;
  readonly files: readonly string[];
}

/**
 * A desired state in a file, or in a directory whose files that end in .json, .yaml and .yml are merged. It
 * is checked for changes every second: polling needs no descriptor, misses nothing, and works on every file
 * system.
 *
 * After a change it is read once it has not changed for half a second, so that a file that is being written
 * in place is not read half-written.
 */
export class PathSource implements StateSource {
  readonly name: string;
  readonly #format: FileFormat | undefined;
  readonly #pause = new InterruptibleDelay();
  /** Whether `reread` was called, so that the next read yields an event even if nothing changed. */
  #isRereadRequested = false;

  constructor(path: string, options: { readonly format?: FileFormat | undefined } = {}) {
    this.name = path;
    this.#format = options.format;
  }

  reread(): void {
    this.#isRereadRequested = true;
    this.#pause.wake();
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent, void, void> {
    let lastSignature: string | undefined;
    let lastProblem: string | undefined;
    for (; !signal.aborted; await this.#pause.wait(INTERVAL, signal)) {
      const current = this.#pathState();
      if (current.signature === lastSignature && !this.#isRereadRequested) continue;
      if (!(await this.#staysUnchanged(current, signal))) {
        // The next wait returns at once.
        this.#pause.wake();
        continue;
      }
      const wasRequested = this.#isRereadRequested;
      this.#isRereadRequested = false;
      const event = await this.#read(current);
      // A file that changed meanwhile may have been read half-written.
      if (this.#pathState().signature !== current.signature) {
        this.#isRereadRequested = wasRequested;
        // As above, the next wait returns at once.
        this.#pause.wake();
        continue;
      }
      if ('state' in event) {
        lastSignature = current.signature;
        lastProblem = undefined;
        yield event;
      } else {
        // An unreadable file may become readable without a change of its signature.
        lastSignature = comesFromContents(event.problem) ? current.signature : undefined;
        if (event.problem.message !== lastProblem || wasRequested) yield event;
        lastProblem = event.problem.message;
      }
    }
  }

  /**
   * Whether the path stays unchanged for half a second. Does not wait if the path exists and its last change was at
   * least a minute ago.
   */
  async #staysUnchanged({ signature, changed }: PathState, signal: AbortSignal): Promise<boolean> {
    if (Date.now() - changed >= OLD && signature !== '') return true;
    await new InterruptibleDelay().wait(QUIET_PERIOD, signal);
    return !signal.aborted && this.#pathState().signature === signature;
  }

  #pathState(): PathState {
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
      const fileStats = statOf(file);
      changed = Math.max(changed, Number(fileStats?.ctimeMs ?? 0));
      return `${file} ${signatureOf(fileStats)}`;
    });
    return { signature: ['folder', ...signatures].join('\n'), changed, files };
  }

  async #read({ files }: PathState): Promise<SourceEvent> {
    try {
      if (files.length === 0)
        throw new SourceError(`${this.name}: contains no file that ends in .json, .yaml or .yml`);
      const documents = files.map(
        (file): Document => ({ name: file, read: () => readFile(file, this.#format) }),
      );
      return { state: await readDocuments(documents), source: this.name };
    } catch (error) {
      return { problem: error instanceof Error ? error : new SourceError(String(error)) };
    }
  }
}

async function readFile(file: string, format: FileFormat | undefined): ReturnType<typeof readDesiredState> {
  const stats = statSync(file);
  // Opening a named pipe would block until it has a writer.
  if (!stats.isFile()) throw new SourceError(`${file}: is not a regular file`);
  return await readDesiredState(file, { format });
}

/**
 * Whether an error comes from the contents of a file, so that reading the same bytes again gives the same
 * error.
 */
function comesFromContents(problem: Error): boolean {
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
