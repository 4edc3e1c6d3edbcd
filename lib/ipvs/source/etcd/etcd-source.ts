import { isUtf8 } from 'node:buffer';
import { FieldError } from '../../../../protocol/netlink/index.ts';
import { parseDesiredState } from '../../desired-file/index.ts';
import { formatOf } from '../../desired-file/read.ts';
import type { DesiredState } from '../../plan/index.ts';
import { backoffDelay, jittered } from '../../reconcile/backoff.ts';
import { readDocuments } from '../documents.ts';
import { InterruptibleDelay } from '../interruptible-delay.ts';
import { SourceError, type SourceEvent, type StateSource } from '../state-source.ts';
import { EtcdClient } from './etcd-client.ts';
import { KeyRange, type KeyValue, type RangeSnapshot } from './key-range.ts';
import type { EtcdOptions } from './options.ts';
import { Watch, type WatchEnd } from './watch.ts';

const CHECK_EVERY = 60_000;
const FIRST_RETRY = 500;
const MAX_RETRY = 30_000;
const JITTER = 0.3;
/** Minimum interval between two reads, in milliseconds: a change often consists of several writes. */
const MINIMUM_PAUSE = 100;
/** Minimum pause after a read, as a multiple of its duration. */
const PAUSE_PER_DURATION = 5;

/**
 * A desired state in etcd: the value of one key, or the values of all keys with a prefix together.
 *
 * All keys are read at one revision and then watched from the next revision on. The events of the watch are
 * only used as a sign that something changed, so neither a compaction nor a lost connection loses a change. A
 * watch without events is checked every minute by comparing the revisions of the keys.
 */
export class EtcdSource implements StateSource {
  readonly name: string;
  readonly #options: EtcdOptions;
  readonly #client: EtcdClient;
  readonly #range: KeyRange;
  readonly #pause = new InterruptibleDelay();
  /** Whether `reread` was called, so that the next read yields an event even if nothing changed. */
  #isRereadRequested = false;
  #watch: Watch | undefined;
  #last: Pick<RangeSnapshot, 'revision' | 'cluster'> | undefined;

  /** Throws a FieldError for invalid options. */
  constructor(key: string, options: EtcdOptions = {}) {
    if (key === '') throw new FieldError('key', key, 'must name a key of etcd, or a prefix that ends in /');
    this.name = `etcd:${key}`;
    this.#options = options;
    this.#client = new EtcdClient(options);
    this.#range = new KeyRange(key);
  }

  reread(): void {
    this.#isRereadRequested = true;
    this.#pause.wake();
    this.#watch?.end();
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent, void, void> {
    const { firstRetryDelay = FIRST_RETRY, checkEvery = CHECK_EVERY } = this.#options;
    let failures = 0;
    let lastDigest: string | undefined;
    while (!signal.aborted) {
      let wait = MINIMUM_PAUSE;
      try {
        const snapshot = await this.#range.read(this.#client, signal);
        const readAt = performance.now();
        const { lastDuration } = this.#client;
        if (snapshot.digest !== lastDigest || this.#isRereadRequested) {
          this.#isRereadRequested = false;
          lastDigest = snapshot.digest;
          yield await this.#event(snapshot);
        }
        const lost = (await this.#untilChanged(snapshot, checkEvery, signal)) === 'disconnected';
        const watchDuration = performance.now() - readAt;
        wait = Math.max(MINIMUM_PAUSE, PAUSE_PER_DURATION * lastDuration - watchDuration);
        if (lost) this.#client.useNextEndpoint();
        if (!lost || watchDuration > MAX_RETRY) failures = 0;
        if (lost) failures++;
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        lastDigest = undefined;
        yield { problem: error instanceof Error ? error : new SourceError(String(error)) };
      }
      if (failures > 0) {
        const delay = backoffDelay(failures, { initial: firstRetryDelay, maximum: MAX_RETRY });
        wait = Math.max(wait, jittered(delay, JITTER));
      }
      await this.#pause.wait(wait, signal);
    }
  }

  /** Waits until something changed, or may have changed. */
  async #untilChanged(snapshot: RangeSnapshot, checkEvery: number, signal: AbortSignal): Promise<WatchEnd> {
    await using watch = await Watch.open(this.#range, this.#client, snapshot.revision + 1, signal);
    this.#watch = watch;
    try {
      for (;;) {
        if (this.#isRereadRequested) return 'changed';
        const ended = await watch.wait(checkEvery);
        if (ended !== undefined) return ended;
        // A watch without events may no longer be served.
        const revisionsDigest = await this.#range.readRevisionsDigest(this.#client, signal);
        if (revisionsDigest !== snapshot.revisionsDigest) return 'changed';
      }
    } finally {
      this.#watch = undefined;
    }
  }

  async #event(snapshot: RangeSnapshot): Promise<SourceEvent> {
    const warning = this.#historyWarning(snapshot);
    this.#last = snapshot;
    try {
      if (snapshot.values.length === 0) throw new SourceError(`${this.name}: ${missing(this.name)}`);
      const state = await readDocuments(
        snapshot.values.map((value) => ({ name: `etcd:${value.key}`, read: () => this.#parse(value) })),
      );
      return { state, source: `revision ${snapshot.revision} of ${this.name}`, warning };
    } catch (error) {
      return { problem: error instanceof Error ? error : new SourceError(String(error)) };
    }
  }

  async #parse({ key, value }: KeyValue): Promise<DesiredState> {
    const file = `etcd:${key}`;
    if (!isUtf8(value)) throw new SourceError(`${file}: is not UTF-8`);
    const text = new TextDecoder().decode(value);
    return await parseDesiredState(text, { file, format: this.#options.format ?? formatOf(key, text) });
  }

  /** Returns a warning if the cluster is another one, or went back to an older revision. */
  #historyWarning({ revision, cluster }: RangeSnapshot): string | undefined {
    const before = this.#last;
    if (before === undefined) return undefined;
    if (before.cluster !== cluster) return `another cluster of etcd responds than before (${cluster})`;
    if (revision >= before.revision) return undefined;
    return `etcd has gone back from revision ${before.revision} to ${revision}, as after a restore from a backup`;
  }
}

/** Returns the message for a key or prefix that etcd does not have. */
function missing(name: string): string {
  if (name.endsWith('/')) return 'etcd has no key with this prefix';
  return `etcd has no such key; a prefix ends in a slash: ${name}/`;
}
