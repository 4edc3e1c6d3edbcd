import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';

type Body = Readonly<Record<string, unknown>>;
interface Watcher {
  readonly response: ServerResponse;
  /** The key, or the start of the range of keys that ends before `end`. */
  readonly start: string;
  readonly end: string | undefined;
}

/**
 * A loopback address of this process, so that no other process takes the port while it is free between a kill and a
 * start.
 */
const HOST = `127.${1 + ((process.pid >> 8) & 127)}.${process.pid & 255}.1`;

/** The parts of etcd's JSON gateway that `EtcdSource` uses, with a store in memory that outlasts restarts. */
export class FakeEtcd {
  revision = 1;
  /** The newest revision that was compacted: a watch from it, or from an earlier one, is cancelled. */
  compacted = 0;
  cluster = '77';
  /** If set, requests need a token, which this user can request. */
  user: { readonly name: string; readonly password: string } | undefined;
  token = 'token-1';
  /** If set, every request is refused with this plain text. */
  refusal: string | undefined;
  /** The message and status of gRPC for a token that is not accepted. */
  tokenError: readonly [message: string, status: number] = ['etcdserver: invalid auth token', 16];
  /** Whether watches are accepted but get no events. */
  withholdsEvents = false;
  /** Whether every response is truncated JSON. */
  truncatesResponses = false;
  readonly requests: string[] = [];
  readonly #tls: ServerOptions | undefined;
  readonly #values = new Map<string, { readonly value: string; readonly revision: number }>();
  readonly #history: { readonly key: string; readonly revision: number }[] = [];
  readonly #watchers = new Set<Watcher>();
  #server: Server | undefined;
  #port = 0;

  /** Uses TLS if it is given options for it. */
  constructor(tls?: ServerOptions) {
    this.#tls = tls;
  }

  async start(): Promise<void> {
    const answer: RequestListener = (request, response) => void this.#answer(request, response);
    this.#server = this.#tls === undefined ? createServer(answer) : createTlsServer(this.#tls, answer);
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, this.#host, resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
    this.#server.unref();
  }

  get endpoint(): string {
    return `${this.#tls === undefined ? 'http' : 'https'}://${this.#host}:${this.#port}`;
  }

  /** With TLS the address of the certificate. */
  get #host(): string {
    return this.#tls === undefined ? HOST : '127.0.0.1';
  }

  get watchCount(): number {
    return this.#watchers.size;
  }

  /** Ends all connections at once, as a SIGKILL does. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    this.#watchers.clear();
  }

  put(key: string, value: string): void {
    this.#values.set(key, { value, revision: ++this.revision });
    this.#notify(key, true);
  }

  delete(key: string): void {
    this.#values.delete(key);
    this.revision++;
    this.#notify(key, true);
  }

  #notify(key: string, isNew = false): void {
    if (isNew) this.#history.push({ key, revision: this.revision });
    if (this.withholdsEvents) return;
    for (const { response, start, end } of this.#watchers)
      if (key === start || (end !== undefined && key >= start && key < end))
        response.write(`${JSON.stringify({ result: { events: [{ kv: { key: encode(key) } }] } })}\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
    const path = request.url ?? '';
    this.requests.push(path);
    if (this.refusal !== undefined) response.writeHead(400).end(this.refusal);
    else if (this.truncatesResponses) response.end('{"result":{"events":[{}');
    else if (path === '/v3/auth/authenticate') {
      const isValid = body.name === this.user?.name && body.password === this.user?.password;
      if (isValid) response.end(JSON.stringify({ token: this.token }));
      else refuse(response, 400, 3, 'etcdserver: authentication failed, invalid user ID or password');
    } else if (this.user !== undefined && request.headers.authorization !== this.token)
      refuse(response, 401, this.tokenError[1], this.tokenError[0]);
    else if (path === '/v3/kv/range') response.end(JSON.stringify(this.#range(body)));
    else if (path === '/v3/watch') this.#watch(body.create_request as Body, response);
    else response.writeHead(404).end('404 page not found');
  }

  #range({ key, range_end, keys_only }: Body): Body {
    const start = decode(key as string);
    const end = range_end === undefined ? undefined : decode(range_end as string);
    const found = [...this.#values].filter(([name]) =>
      end === undefined ? name === start : name >= start && name < end,
    );
    found.sort(([one], [other]) => (one < other ? -1 : 1));
    const kvs = found.map(([name, { value, revision }]) => ({
      key: encode(name),
      mod_revision: String(revision),
      ...(keys_only === true ? {} : { value: encode(value) }),
    }));
    const header = { revision: String(this.revision), cluster_id: this.cluster };
    return { header, ...(kvs.length === 0 ? {} : { kvs, count: String(kvs.length) }) };
  }

  #watch({ key, range_end, start_revision }: Body, response: ServerResponse): void {
    const created = { result: { created: true } };
    response.write(`${JSON.stringify(created)}\n`);
    const first = Number(start_revision);
    if (first <= this.compacted) {
      const result = { canceled: true, compact_revision: String(this.compacted) };
      response.end(`${JSON.stringify({ result })}\n`);
      return;
    }
    const watcher: Watcher = {
      response,
      start: decode(key as string),
      end: range_end === undefined ? undefined : decode(range_end as string),
    };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
    // Events between reading and watching are sent at once.
    for (const { key: name, revision } of this.#history) if (revision >= first) this.#notify(name);
  }
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  response.writeHead(status).end(JSON.stringify({ error: message, message, code }));
}

const encode = (text: string): string => Buffer.from(text).toString('base64');
const decode = (text: string): string => Buffer.from(text, 'base64').toString();
