import { type Stats, statSync } from 'node:fs';
import { readDesiredTable } from '../../ipvs/desired-file/index.ts';
import type { ServiceNames } from '../../metrics/index.ts';

/** The names of services in a desired state's file, which is read again when it has changed. */
export class ServiceNamesFile {
  readonly #file: string;
  readonly #onError: (error: unknown) => void;
  #names: ServiceNames | undefined;
  #read: string | undefined;

  private constructor(file: string, onError: (error: unknown) => void) {
    this.#file = file;
    this.#onError = onError;
  }

  /**
   * Reads the file. Rejects with a DesiredFileError or the error of `node:fs`; `onError` is told of later
   * ones.
   */
  static async open(file: string, onError: (error: unknown) => void): Promise<ServiceNamesFile> {
    const names = new ServiceNamesFile(file, onError);
    await names.#readAgain(statSync(file));
    return names;
  }

  /** The names; those of before where the file cannot be read any more. */
  async names(): Promise<ServiceNames | undefined> {
    try {
      const stats = statSync(this.#file);
      if (version(stats) !== this.#read) await this.#readAgain(stats);
    } catch (error) {
      this.#onError(error);
    }
    return this.#names;
  }

  async #readAgain(stats: Stats): Promise<void> {
    this.#read = version(stats);
    this.#names = (await readDesiredTable(this.#file)).names;
  }
}

/** What changes when a file is written or replaced. */
function version({ dev, ino, size, mtimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs].join(' ');
}
