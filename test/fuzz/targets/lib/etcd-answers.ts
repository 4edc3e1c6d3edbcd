import assert from 'node:assert/strict';
import { type EtcdClient, messagesOf } from '../../../../lib/ipvs/source/etcd/etcd-client.ts';
import { asJsonObject } from '../../../../lib/ipvs/source/etcd/json-object.ts';
import { KeyRange } from '../../../../lib/ipvs/source/etcd/key-range.ts';
import { Watch } from '../../../../lib/ipvs/source/etcd/watch.ts';
import { SourceError } from '../../../../lib/ipvs/source/state-source.ts';
import { asyncOutcomeOf } from '../../checks/outcomes.ts';
import type { Target } from '../../target.ts';

const HEADER = '"header":{"cluster_id":"14841639068965178418","revision":"7","raft_term":"2"}';
const ENTRY = '{"key":"L2lwdnMvYQ==","create_revision":"5","mod_revision":"7","version":"2","value":"e30="}';
const ANSWERS = [
  `{${HEADER},"kvs":[${ENTRY}],"count":"1"}`,
  `{${HEADER}}`,
  `{"result":{${HEADER},"created":true}}\n{"result":{${HEADER}}}\n{"result":{"events":[{"kv":${ENTRY}}]}}\n`,
  `{"result":{"canceled":true,"compact_revision":"9"}}\n`,
  `{"result":{"canceled":true,"cancel_reason":"no right"}}\n`,
  '{"error":{"grpc_code":14,"message":"no leader","http_status":"Unavailable"}}\n',
];

/** Parses JSON as `EtcdClient` does, with an error that does not quote the text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SourceError('the response is not JSON');
  }
}

/** Returns a client to which etcd responds with these bytes, to a watch in two chunks. */
function clientOf(input: Uint8Array): EtcdClient {
  const bytes = Buffer.from(input);
  const half = bytes.length >> 1;
  async function* chunks(): AsyncGenerator<Buffer> {
    yield bytes.subarray(0, half);
    yield bytes.subarray(half);
  }
  return {
    call: async () => asJsonObject(jsonOf(bytes.toString())),
    stream: async () => messagesOf(chunks()),
  } as Partial<EtcdClient> as EtcdClient;
}

/** etcd's responses to a read, and the messages of a watch. */
export const target: Target = {
  format: {
    kind: 'text',
    dictionary: [...new Set(ANSWERS.join('').split(/(?<=[{}[\],:\n])/))].concat('null', '\n', '1e999', '-1'),
  },
  coveredModules: ['lib/ipvs/source/etcd/'],
  seeds: () => ANSWERS,
  async run(input) {
    const range = new KeyRange('/ipvs/');
    const { signal } = new AbortController();
    const read = await asyncOutcomeOf([SourceError], () => range.read(clientOf(input), signal));
    if ('value' in read) {
      const { revision, values, revisionsDigest } = read.value;
      assert.ok(Number.isSafeInteger(revision) && revision >= 0);
      for (const { key, value } of values) assert.ok(typeof key === 'string' && Buffer.isBuffer(value));
      assert.equal(await range.readRevisionsDigest(clientOf(input), signal), revisionsDigest);
    }
    await asyncOutcomeOf([SourceError], async () => {
      await using watch = await Watch.open(range, clientOf(input), 8, signal);
      const ended = await watch.wait(10_000);
      assert.ok(ended === 'changed' || ended === 'disconnected', String(ended));
    });
  },
};
