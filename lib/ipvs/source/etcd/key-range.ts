import { createHash } from 'node:crypto';
import { SourceError } from '../state-source.ts';
import type { EtcdGateway } from './gateway.ts';
import { asMessage, type Message } from './message.ts';

/** A key and its value, as one revision of etcd has them. */
export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
}

/** What etcd has under a key or prefix. */
export interface Reading {
  /** The revision of the whole store. */
  readonly revision: number;
  readonly cluster: string;
  readonly values: readonly KeyValue[];
  /** Differs when a key came, went or was written. */
  readonly versions: string;
  /** Differs when a value differs. */
  readonly digest: string;
}

/** A key of etcd, or all keys that begin with one that ends in a slash. */
export class KeyRange {
  readonly name: string;
  readonly #range: Message;

  constructor(name: string) {
    this.name = name;
    const key = Buffer.from(name);
    const end = Buffer.from(key);
    // The first key behind all that begin so: a slash is never the last byte there is.
    end[end.length - 1]!++;
    this.#range = {
      key: key.toString('base64'),
      ...(name.endsWith('/') ? { range_end: end.toString('base64') } : {}),
    };
  }

  /** Reads what is there, from a member that the others agree with. Rejects with a {@link SourceError}. */
  async read(gateway: EtcdGateway, signal: AbortSignal): Promise<Reading> {
    return readingOf(await gateway.ask('/v3/kv/range', this.#range, signal));
  }

  /** The `versions` of a {@link read}, without the values. */
  async versions(gateway: EtcdGateway, signal: AbortSignal): Promise<string> {
    const answer = await gateway.ask('/v3/kv/range', { ...this.#range, keys_only: true }, signal);
    return readingOf(answer).versions;
  }

  /** Watches from a revision on: the messages of etcd. */
  async watch(gateway: EtcdGateway, revision: number, signal: AbortSignal): Promise<AsyncGenerator<Message>> {
    const request = { ...this.#range, start_revision: String(revision), progress_notify: true };
    return await gateway.stream('/v3/watch', { create_request: request }, signal);
  }
}

function readingOf(answer: Message): Reading {
  const header = asMessage(answer.header);
  const list = answer.kvs ?? [];
  if (!Array.isArray(list)) throw new SourceError("etcd's answer has no list of keys");
  const digest = createHash('sha256');
  const versions = createHash('sha256');
  const values = list.map((entry: unknown): KeyValue => {
    const { key, value = '', mod_revision } = asMessage(entry);
    if (typeof key !== 'string' || typeof value !== 'string')
      throw new SourceError("etcd's answer has a key without a name");
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

/** Numbers of 64 bits come as text. */
function numberOf(value: unknown): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new SourceError("etcd's answer has no revision");
  return number;
}
