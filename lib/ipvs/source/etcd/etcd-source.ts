import { FieldError } from '../../../../protocol/netlink/index.ts';
import { parseDesiredTable } from '../../desired-file/index.ts';
import { formatOf } from '../../desired-file/read.ts';
import type { DesiredTable } from '../../plan/index.ts';
import { backoffDelay, jittered } from '../../reconcile/backoff.ts';
import { readDocuments } from '../documents.ts';
import { Pause } from '../pause.ts';
import { SourceError, type SourceEvent, type StateSource } from '../state-source.ts';
import { EtcdGateway } from './gateway.ts';
import { KeyRange, type KeyValue, type Reading } from './key-range.ts';
import type { EtcdOptions } from './options.ts';
import { Watch, type WatchEnd } from './watch.ts';

const CHECK_EVERY = 60_000;
const FIRST_RETRY = 500;
const MAX_RETRY = 30_000;
const JITTER = 0.3;
/** Milliseconds between two readings at least: a change often comes in several writes. */
const GATHER = 100;
/** A reading begins at least so many times as long after the last one ended as that one took. */
const PAUSE_PER_READING = 5;

/**
 * A key of etcd, or all keys below a prefix, whose values make up one wanted state.
 *
 * It is read whole, at one revision, and then watched from the next revision on; the watch says only that something has
 * changed. So neither a compaction nor a lost connection loses a change. A watch that says nothing is checked every minute
 * by comparing the versions of the keys.
 */
export class EtcdSource implements StateSource {
  readonly name: string;
  readonly #options: EtcdOptions;
  readonly #gateway: EtcdGateway;
  readonly #range: KeyRange;
  readonly #pause = new Pause();
  #again = false;
  #watch: Watch | undefined;
  #last: Pick<Reading, 'revision' | 'cluster'> | undefined;

  /** Throws a FieldError for options that cannot be. */
  constructor(key: string, options: EtcdOptions = {}) {
    if (key === '') throw new FieldError('key', key, 'must name a key of etcd, or a prefix that ends in /');
    this.name = `etcd:${key}`;
    this.#options = options;
    this.#gateway = new EtcdGateway(options);
    this.#range = new KeyRange(key);
  }

  reread(): void {
    this.#again = true;
    this.#pause.wake();
    this.#watch?.end();
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent, void, void> {
    const { firstRetry = FIRST_RETRY, checkEvery = CHECK_EVERY } = this.#options;
    let failures = 0;
    let lastDigest: string | undefined;
    while (!signal.aborted) {
      let wait = GATHER;
      try {
        const reading = await this.#range.read(this.#gateway, signal);
        const read = performance.now();
        const { took } = this.#gateway;
        if (reading.digest !== lastDigest || this.#again) {
          this.#again = false;
          lastDigest = reading.digest;
          yield await this.#event(reading);
        }
        const lost = (await this.#untilChanged(reading, checkEvery, signal)) === 'lost';
        const watched = performance.now() - read;
        wait = Math.max(GATHER, PAUSE_PER_READING * took - watched);
        if (lost) this.#gateway.skip();
        if (!lost || watched > MAX_RETRY) failures = 0;
        if (lost) failures++;
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        lastDigest = undefined;
        yield { problem: error instanceof Error ? error : new SourceError(String(error)) };
      }
      if (failures > 0) {
        const delay = backoffDelay(failures, { first: firstRetry, most: MAX_RETRY });
        wait = Math.max(wait, jittered(delay, JITTER));
      }
      await this.#pause.wait(wait, signal);
    }
  }

  /** Waits until something has changed or may have. */
  async #untilChanged(reading: Reading, checkEvery: number, signal: AbortSignal): Promise<WatchEnd> {
    await using watch = await Watch.open(this.#range, this.#gateway, reading.revision + 1, signal);
    this.#watch = watch;
    try {
      for (;;) {
        if (this.#again) return 'changed';
        const ended = await watch.wait(checkEvery);
        if (ended !== undefined) return ended;
        // A watch that says nothing may be one that nobody serves any more.
        if ((await this.#range.versions(this.#gateway, signal)) !== reading.versions) return 'changed';
      }
    } finally {
      this.#watch = undefined;
    }
  }

  async #event(reading: Reading): Promise<SourceEvent> {
    const warning = this.#goesBack(reading);
    this.#last = reading;
    try {
      if (reading.values.length === 0) throw new SourceError(`${this.name}: ${missing(this.name)}`);
      const state = await readDocuments(
        reading.values.map((one) => ({ name: `etcd:${one.key}`, read: () => this.#parse(one) })),
      );
      return { state, from: `revision ${reading.revision} of ${this.name}`, warning };
    } catch (error) {
      return { problem: error instanceof Error ? error : new SourceError(String(error)) };
    }
  }

  async #parse({ key, value }: KeyValue): Promise<DesiredTable> {
    const file = `etcd:${key}`;
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(value);
    } catch {
      throw new SourceError(`${file}: is not UTF-8`);
    }
    return await parseDesiredTable(text, { file, format: this.#options.format ?? formatOf(key, text) });
  }

  #goesBack({ revision, cluster }: Reading): string | undefined {
    const before = this.#last;
    if (before === undefined) return undefined;
    if (before.cluster !== cluster) return `another cluster of etcd answers than before (${cluster})`;
    if (revision >= before.revision) return undefined;
    return `etcd has gone back from revision ${before.revision} to ${revision}: it was restored from a copy`;
  }
}

/** What there is none of, with what else may be meant. */
function missing(name: string): string {
  if (name.endsWith('/')) return 'etcd has no key that begins so';
  return `etcd has no such key; a prefix ends in a slash: ${name}/`;
}
