import { type Stats, statSync } from 'node:fs';
import { readDesiredState } from '../../ipvs/desired-file/index.ts';
import type { ServiceNames } from '../../metrics/index.ts';

/** The names of services in a desired-state file, which is read again when it has changed. */
export class ServiceNamesFile {
  readonly #file: string;
  readonly #onError: (error: unknown) => void;
  #names: ServiceNames | undefined;
  /** Version of the file that was read last. */
  #version: string | undefined;

  private constructor(file: string, onError: (error: unknown) => void) {
    this.#file = file;
    this.#onError = onError;
  }

  /**
   * Reads the file. Rejects with a DesiredFileError or the error of `node:fs`; later errors are passed to
   * `onError`.
   */
  static async open(file: string, onError: (error: unknown) => void): Promise<ServiceNamesFile> {
    const names = new ServiceNamesFile(file, onError);
    await names.#reload(statSync(file));
    return names;
  }

  /** Returns the names, or the previous ones if the file can no longer be read. */
  async names(): Promise<ServiceNames | undefined> {
    try {
      const stats = statSync(this.#file);
      if (version(stats) !== this.#version) await this.#reload(stats);
    } catch (error) {
      this.#onError(error);
    }
    return this.#names;
  }

  async #reload(stats: Stats): Promise<void> {
    this.#version = version(stats);
    this.#names = (await readDesiredState(this.#file)).names;
  }
}

/** Returns a text that changes when a file is written or replaced. */
function version({ dev, ino, size, mtimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs].join(' ');
}
