import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { EtcdClient } from '../../../../lib/ipvs/source/etcd/etcd-client.ts';
import type { JsonObject } from '../../../../lib/ipvs/source/etcd/json-object.ts';
import type { EtcdOptions } from '../../../../lib/ipvs/source/index.ts';
import { certificates } from '../../../lib/ipvs/source/certificates.ts';

/** The address on which it listens; its certificate is for this address. */
export const ETCD_ADDRESS = '192.0.2.254';
export const ETCD_ENDPOINT: string = `https://${ETCD_ADDRESS}:2379`;
const PEERS = 'http://127.0.0.1:2380';
/** An emulated guest is slow: milliseconds until etcd listens, and for an answer. */
const MAXIMUM_START_TIME = 120_000;
const MAXIMUM_ANSWER_TIME = 60_000;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/**
 * A real etcd that speaks TLS, asks for client certificates and has users: one may read the keys of a prefix, another
 * all keys.
 */
export class EtcdServer {
  readonly #folder: string;
  readonly #signal = new AbortController().signal;
  #process: ChildProcess | undefined;
  #client: EtcdClient;
  #cluster = 1;

  /** Its data, certificates and passwords go into the folder. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    const { authority, server, serverKey, client, clientKey } = certificates;
    for (const [name, text] of Object.entries({
      'ca.pem': authority,
      'server.pem': server,
      'server.key': serverKey,
      'client.pem': client,
      'client.key': clientKey,
      root: 'top secret\n',
      edge: 'secret\n',
    }))
      writeFileSync(this.file(name), text, { mode: 0o600 });
    this.#client = new EtcdClient({ ...this.#options, user: undefined, passwordFile: undefined });
  }

  /** The path of one of its files: ca.pem, client.pem, client.key, and edge, which holds the password of that user. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  get #options(): EtcdOptions {
    return {
      endpoints: [ETCD_ENDPOINT],
      caFile: this.file('ca.pem'),
      certificateFile: this.file('client.pem'),
      keyFile: this.file('client.key'),
      user: 'root',
      passwordFile: this.file('root'),
      timeout: MAXIMUM_ANSWER_TIME,
    };
  }

  /** Starts it, the first time or again, and waits until it answers. */
  async start(): Promise<void> {
    const options = {
      name: 'one',
      'data-dir': this.file('data'),
      'listen-client-urls': ETCD_ENDPOINT,
      'advertise-client-urls': ETCD_ENDPOINT,
      'listen-peer-urls': PEERS,
      'initial-advertise-peer-urls': PEERS,
      'initial-cluster': `one=${PEERS}`,
      'initial-cluster-token': `cluster ${this.#cluster}`,
      'cert-file': this.file('server.pem'),
      'key-file': this.file('server.key'),
      'trusted-ca-file': this.file('ca.pem'),
      'client-cert-auth': 'true',
      'bcrypt-cost': '4',
      // An emulated processor may not answer for a long time.
      'heartbeat-interval': '1000',
      'election-timeout': '10000',
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    this.#process = spawn('etcd', args, { stdio: 'ignore' });
    for (const limit = Date.now() + MAXIMUM_START_TIME; ; await setTimeout(200)) {
      try {
        await this.#client.call('/v3/maintenance/status', {}, this.#signal);
        return;
      } catch (error) {
        if (Date.now() > limit) throw error;
      }
    }
  }

  /** Kills the process by SIGKILL, as when its machine fails. */
  async kill(): Promise<void> {
    const ended = this.#process;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    ended.kill('SIGKILL');
    await once(ended, 'exit');
  }

  /** Stops the process, so that it answers nobody, or lets it run again. */
  pause(paused: boolean): void {
    this.#process?.kill(paused ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Removes its data while it is not running: what starts next is another cluster. */
  removeData(): void {
    rmSync(this.file('data'), { recursive: true });
    this.#cluster++;
  }

  /** Adds users and enables authentication: `edge` may read the keys of a prefix. */
  async addUsers(prefix: string): Promise<void> {
    const end = Buffer.from(prefix);
    end[end.length - 1]!++;
    const perm = { permType: 'READ', key: base64(prefix), range_end: end.toString('base64') };
    for (const [path, body] of [
      ['role/add', { name: 'root' }],
      ['user/add', { name: 'root', password: 'top secret' }],
      ['user/grant', { user: 'root', role: 'root' }],
      ['role/add', { name: 'reader' }],
      ['role/grant', { name: 'reader', perm }],
      ['user/add', { name: 'edge', password: 'secret' }],
      ['user/grant', { user: 'edge', role: 'reader' }],
      ['enable', {}],
    ] as const)
      await this.#client.call(`/v3/auth/${path}`, body, this.#signal);
    this.#client = new EtcdClient(this.#options);
  }

  /** Writes keys in one transaction. */
  async put(values: Readonly<Record<string, string>>): Promise<void> {
    const success = Object.entries(values).map(([key, value]) => ({
      request_put: { key: base64(key), value: base64(value) },
    }));
    await this.#client.call('/v3/kv/txn', { success }, this.#signal);
  }

  /** Deletes a key. */
  async delete(key: string): Promise<void> {
    await this.#client.call('/v3/kv/deleterange', { key: base64(key) }, this.#signal);
  }

  /** Forgets all but the newest revision. */
  async compact(): Promise<void> {
    const { header } = await this.#client.call('/v3/kv/range', { key: base64('none') }, this.#signal);
    const { revision } = header as JsonObject;
    await this.#client.call('/v3/kv/compaction', { revision, physical: true }, this.#signal);
  }
}
