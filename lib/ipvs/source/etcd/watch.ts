import { SourceError } from '../state-source.ts';
import type { EtcdClient } from './etcd-client.ts';
import { asJsonObject, type JsonObject } from './json-object.ts';
import type { KeyRange } from './key-range.ts';

/** How a watch ended: something changed or may have changed, or the connection was lost. */
export type WatchEnd = 'changed' | 'disconnected';

/** A watch of etcd that ends with its first event. */
export class Watch {
  readonly #messages: AsyncGenerator<JsonObject>;
  readonly #abort: AbortController;
  readonly #removeListener: () => void;
  readonly #ended: Promise<WatchEnd>;

  private constructor(
    messages: AsyncGenerator<JsonObject>,
    abort: AbortController,
    removeListener: () => void,
  ) {
    this.#messages = messages;
    this.#abort = abort;
    this.#removeListener = removeListener;
    this.#ended = this.#follow();
    // A later `wait` reports the error.
    this.#ended.catch(() => undefined);
  }

  /** Opens a watch. Rejects with a {@link SourceError} if no endpoint opens it. */
  static async open(
    range: KeyRange,
    client: EtcdClient,
    revision: number,
    signal: AbortSignal,
  ): Promise<Watch> {
    const abort = new AbortController();
    const stop = (): void => abort.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const removeListener = (): void => signal.removeEventListener('abort', stop);
    try {
      return new Watch(await range.watch(client, revision, abort.signal), abort, removeListener);
    } catch (error) {
      removeListener();
      throw error;
    }
  }

  /** Waits until the watch ends and returns how; undefined after `milliseconds` without an end. */
  async wait(milliseconds: number): Promise<WatchEnd | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), milliseconds);
    });
    try {
      return await Promise.race([this.#ended, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the watch with `changed`. */
  end(): void {
    this.#abort.abort(ENDED);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#removeListener();
    this.#abort.abort(ENDED);
    await this.#ended.catch(() => undefined);
  }

  async #follow(): Promise<WatchEnd> {
    try {
      for await (const { result, error } of this.#messages) {
        if (error !== undefined) throw new SourceError(`etcd ended the watch: ${messageOf(error)}`);
        const { events, canceled, compact_revision, cancel_reason } = asJsonObject(result);
        if (Array.isArray(events) && events.length > 0) return 'changed';
        // The revision was compacted, so events are lost: the keys have to be read again.
        if (canceled === true && compact_revision !== undefined) return 'changed';
        if (canceled === true) throw new SourceError(`etcd ended the watch: ${String(cancel_reason)}`);
      }
    } catch (error) {
      if (this.#abort.signal.reason === ENDED) return 'changed';
      if (error instanceof SourceError) throw error;
    }
    return 'disconnected';
  }
}

const ENDED = new Error('the watch was ended');

function messageOf(error: unknown): string {
  const { message } = asJsonObject(error);
  return typeof message === 'string' ? message : JSON.stringify(error);
}
