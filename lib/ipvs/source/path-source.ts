import { type BigIntStats, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileFormat, readDesiredTable } from '../desired-file/index.ts';
import { type Document, readDocuments } from './documents.ts';
import { Pause } from './pause.ts';
import { SourceError, type SourceEvent, type StateSource } from './state-source.ts';

/** Milliseconds between looks at a file or folder. */
const LOOK = 1000;
/** A file that is being written changes more often than once in so many milliseconds. */
const QUIET = 500;
/** What changed so many milliseconds ago, by a clock that may be another machine's or be set, is no longer being written. */
const OLD = 60_000;

/** What a look at a file or folder found. */
interface Look {
  /** Differs when anything has changed. */
  readonly signature: string;
  /** When the latest change was, in milliseconds since 1970. */
  readonly changed: number;
  readonly files: readonly string[];
}

/**
 * A file, or a folder whose files that end in .json, .yaml and .yml make up one wanted state. It is looked at every second:
 * that takes no descriptor, misses nothing, and works wherever files do.
 *
 * What has changed is read when it has not changed for half a second, so that a file that is written in place is not read
 * when half of it is there.
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
    for (; !signal.aborted; await this.#pause.wait(LOOK, signal)) {
      const look = this.#look();
      if (look.signature === seen && !this.#again) continue;
      if (!(await this.#isQuiet(look, signal))) {
        this.#pause.wake();
        continue;
      }
      const always = this.#again;
      this.#again = false;
      const event = await this.#read(look);
      // What changed meanwhile may have been read by halves.
      if (this.#look().signature !== look.signature) {
        this.#again = always;
        this.#pause.wake();
        continue;
      }
      if ('state' in event) {
        seen = look.signature;
        problem = undefined;
        yield event;
      } else {
        // Its signature may stay when it can be read again.
        seen = isOfText(event.problem) ? look.signature : undefined;
        if (event.problem.message !== problem || always) yield event;
        problem = event.problem.message;
      }
    }
  }

  /** Whether what was found is as it was half a second before. */
  async #isQuiet({ signature, changed }: Look, signal: AbortSignal): Promise<boolean> {
    if (Date.now() - changed >= OLD && signature !== '') return true;
    await new Pause().wait(QUIET, signal);
    return !signal.aborted && this.#look().signature === signature;
  }

  #look(): Look {
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

  async #read({ files }: Look): Promise<SourceEvent> {
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

/** Whether reading the same bytes again comes to the same problem. */
function isOfText(problem: Error): boolean {
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
