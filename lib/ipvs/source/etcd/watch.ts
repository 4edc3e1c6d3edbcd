import { SourceError } from '../state-source.ts';
import type { EtcdGateway } from './gateway.ts';
import type { KeyRange } from './key-range.ts';
import { asMessage, type Message } from './message.ts';

/** How a watch ended: something changed, or may have, or its connection was lost. */
export type WatchEnd = 'changed' | 'lost';

/** A watch of etcd that ends with the first thing it says. */
export class Watch {
  readonly #messages: AsyncGenerator<Message>;
  readonly #abort: AbortController;
  readonly #unlink: () => void;
  readonly #ended: Promise<WatchEnd>;

  private constructor(messages: AsyncGenerator<Message>, abort: AbortController, unlink: () => void) {
    this.#messages = messages;
    this.#abort = abort;
    this.#unlink = unlink;
    this.#ended = this.#follow();
    // Whoever waits later hears of it.
    this.#ended.catch(() => undefined);
  }

  /** Rejects with a {@link SourceError} where no endpoint opens it. */
  static async open(
    range: KeyRange,
    gateway: EtcdGateway,
    revision: number,
    signal: AbortSignal,
  ): Promise<Watch> {
    const abort = new AbortController();
    const stop = (): void => abort.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const unlink = (): void => signal.removeEventListener('abort', stop);
    try {
      return new Watch(await range.watch(gateway, revision, abort.signal), abort, unlink);
    } catch (error) {
      unlink();
      throw error;
    }
  }

  /** How it ended; undefined while it has not after so many milliseconds. */
  async wait(milliseconds: number): Promise<WatchEnd | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), milliseconds);
    });
    try {
      return await Promise.race([this.#ended, silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it, as if something had changed. */
  end(): void {
    this.#abort.abort(ENDED);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unlink();
    this.#abort.abort(ENDED);
    await this.#ended.catch(() => undefined);
  }

  async #follow(): Promise<WatchEnd> {
    try {
      for await (const { result, error } of this.#messages) {
        if (error !== undefined) throw new SourceError(`etcd ends the watch: ${wordsOf(error)}`);
        const { events, canceled, compact_revision, cancel_reason } = asMessage(result);
        if (Array.isArray(events) && events.length > 0) return 'changed';
        // Compacted: what came between is gone, and reading it all again tells what is there.
        if (canceled === true && compact_revision !== undefined) return 'changed';
        if (canceled === true) throw new SourceError(`etcd ends the watch: ${String(cancel_reason)}`);
      }
    } catch (error) {
      if (this.#abort.signal.reason === ENDED) return 'changed';
      if (error instanceof SourceError) throw error;
    }
    return 'lost';
  }
}

const ENDED = new Error('the watch was ended');

function wordsOf(error: unknown): string {
  const { message } = asMessage(error);
  return typeof message === 'string' ? message : JSON.stringify(error);
}
