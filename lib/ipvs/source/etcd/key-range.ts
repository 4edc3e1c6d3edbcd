import { createHash } from 'node:crypto';
import { SourceError } from '../state-source.ts';
import type { EtcdGateway } from './gateway.ts';
import { asMessage, type Message } from './message.ts';

/** A key and its value at one revision. */
export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
}

/** The keys and values of a range at one revision. */
export interface RangeSnapshot {
  /** The revision of the whole store. */
  readonly revision: number;
  readonly cluster: string;
  readonly values: readonly KeyValue[];
  /** Digest of the keys and their revisions: changes when a key is added, removed or written. */
  readonly versions: string;
  /** Digest of the keys and values: changes when a value changes. */
  readonly digest: string;
}

/** A key of etcd, or, if its name ends with a slash, all keys with this prefix. */
export class KeyRange {
  readonly name: string;
  readonly #range: Message;

  constructor(name: string) {
    this.name = name;
    const key = Buffer.from(name);
    const end = Buffer.from(key);
    // The end of the range is the prefix with its last byte incremented, which is a slash.
    end[end.length - 1]!++;
    this.#range = {
      key: key.toString('base64'),
      ...(name.endsWith('/') ? { range_end: end.toString('base64') } : {}),
    };
  }

  /** Reads the range (a linearizable read). Rejects with a {@link SourceError}. */
  async read(gateway: EtcdGateway, signal: AbortSignal): Promise<RangeSnapshot> {
    return snapshotOf(await gateway.request('/v3/kv/range', this.#range, signal));
  }

  /** Reads the `versions` of the range, without the values. */
  async versions(gateway: EtcdGateway, signal: AbortSignal): Promise<string> {
    const response = await gateway.request('/v3/kv/range', { ...this.#range, keys_only: true }, signal);
    return snapshotOf(response).versions;
  }

  /** Watches the range from a revision on; resolves to the messages of the watch. */
  async watch(gateway: EtcdGateway, revision: number, signal: AbortSignal): Promise<AsyncGenerator<Message>> {
    const request = { ...this.#range, start_revision: String(revision), progress_notify: true };
    return await gateway.stream('/v3/watch', { create_request: request }, signal);
  }
}

function snapshotOf(response: Message): RangeSnapshot {
  const header = asMessage(response.header);
  const list = response.kvs ?? [];
  if (!Array.isArray(list)) throw new SourceError("etcd's response has no list of keys");
  const digest = createHash('sha256');
  const versions = createHash('sha256');
  const values = list.map((entry: unknown): KeyValue => {
    const { key, value = '', mod_revision } = asMessage(entry);
    if (typeof key !== 'string' || typeof value !== 'string')
      throw new SourceError("etcd's response has a key without a name");
    versions.update(`${key} ${String(mod_revision)}\n`);
    digest.update(`${key} ${value}\n`);
    return { key: Buffer.from(key, 'base64').toString(), value: Buffer.from(value, 'base64') };
  });
  return {
    revision: numberOf(header.revision),
    cluster: String(header.cluster_id),
    values,
    versions: versions.digest('hex'),
    digest: digest.digest('hex'),
  };
}

/** Parses a 64-bit number, which the gateway encodes as a string. */
function numberOf(value: unknown): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new SourceError("etcd's response has no revision");
  return number;
}
