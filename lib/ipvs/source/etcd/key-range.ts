import { createHash } from 'node:crypto';
import { SourceError } from '../state-source.ts';
import type { EtcdClient } from './etcd-client.ts';
import { asJsonObject, type JsonObject } from './json-object.ts';

/** A key of etcd and its value at one revision. */
export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
}

/** The keys and values of a range at one revision. */
export interface RangeSnapshot {
  /** The revision of the whole store. */
  readonly revision: number;
  /** The id of the cluster. */
  readonly cluster: string;
  readonly values: readonly KeyValue[];
  /** A digest of the keys and their revisions, which changes when a key is added, removed or written. */
  readonly revisionsDigest: string;
  /** A digest of the keys and their values. */
  readonly digest: string;
}

/** A key of etcd, or, if the name ends in a slash, all keys with that prefix. */
export class KeyRange {
  readonly name: string;
  readonly #range: JsonObject;

  constructor(name: string) {
    this.name = name;
    const key = Buffer.from(name);
    const end = Buffer.from(key);
    // The first key after all with the prefix: its last byte is a slash, so adding 1 does not overflow.
    end[end.length - 1]!++;
    this.#range = {
      key: key.toString('base64'),
      ...(name.endsWith('/') ? { range_end: end.toString('base64') } : {}),
    };
  }

  /** Reads the range with a linearizable read. Rejects with a {@link SourceError}. */
  async read(client: EtcdClient, signal: AbortSignal): Promise<RangeSnapshot> {
    return snapshotOf(await client.call('/v3/kv/range', this.#range, signal));
  }

  /** Reads the keys without their values, and returns the `revisionsDigest` of the range. */
  async readRevisionsDigest(client: EtcdClient, signal: AbortSignal): Promise<string> {
    const response = await client.call('/v3/kv/range', { ...this.#range, keys_only: true }, signal);
    return snapshotOf(response).revisionsDigest;
  }

  /** Watches the range from a revision on, and returns the messages of the watch. */
  async watch(
    client: EtcdClient,
    revision: number,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<JsonObject>> {
    const request = { ...this.#range, start_revision: String(revision), progress_notify: true };
    return await client.stream('/v3/watch', { create_request: request }, signal);
  }
}

function snapshotOf(response: JsonObject): RangeSnapshot {
  const header = asJsonObject(response.header);
  const list = response.kvs ?? [];
  if (!Array.isArray(list)) throw new SourceError("etcd's response has no list of keys");
  const contentsHash = createHash('sha256');
  const revisionsHash = createHash('sha256');
  const values = list.map((entry: unknown): KeyValue => {
    const { key, value = '', mod_revision } = asJsonObject(entry);
    if (typeof key !== 'string' || typeof value !== 'string')
      throw new SourceError("etcd's response has a key or a value that is not text");
    revisionsHash.update(`${key} ${String(mod_revision)}\n`);
    contentsHash.update(`${key} ${value}\n`);
    return { key: Buffer.from(key, 'base64').toString(), value: Buffer.from(value, 'base64') };
  });
  return {
    revision: numberOf(header.revision),
    cluster: String(header.cluster_id),
    values,
    revisionsDigest: revisionsHash.digest('hex'),
    digest: contentsHash.digest('hex'),
  };
}

/** Parses a 64-bit number, which the gateway sends as text. */
function numberOf(value: unknown): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new SourceError("etcd's response has no revision");
  return number;
}
