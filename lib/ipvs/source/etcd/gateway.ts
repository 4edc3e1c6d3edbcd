import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { SourceError } from '../state-source.ts';
import { type EtcdOptions, endpointsOf } from './options.ts';

/** An answer, or a message of a stream. */
export type Message = Readonly<Record<string, unknown>>;

const ANSWER_WITHIN = 5000;
/** The longest answer, in bytes: values come in base64, and a wanted state has at most 64 MiB. */
const LONGEST = 96 << 20;
const KEEP_ALIVE = 15_000;
const UNAUTHENTICATED = 16;
/** Codes of gRPC with which every member would answer: bad arguments, no right, no such method. */
const FINAL: ReadonlySet<number> = new Set([3, 7, 9, 12]);

/** etcd has answered that it will not. */
class EtcdRefusal extends SourceError {
  /** The status, as gRPC numbers it; undefined where the answer was none of etcd's. */
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined) {
    super(message);
    this.name = 'EtcdRefusal';
    this.status = status;
  }
}

/** The JSON gateway of etcd's version 3 interface, at any of several endpoints. */
export class EtcdGateway {
  readonly #options: EtcdOptions;
  readonly #endpoints: readonly URL[];
  #at = 0;
  #token: string | undefined;

  /** Throws a FieldError for options that cannot be. */
  constructor(options: EtcdOptions) {
    this.#options = options;
    this.#endpoints = endpointsOf(options);
  }

  /** Asks one endpoint after the other. Rejects with a {@link SourceError} that says what each of them did. */
  async ask(path: string, body: Message, signal: AbortSignal): Promise<Message> {
    return await this.#eachEndpoint(async (endpoint) => {
      const answer = await this.#authorised(path, body, endpoint, signal);
      return asMessage(JSON.parse(await textOf(answer, this.#limit, signal)));
    }, signal);
  }

  /** Opens a stream of messages, which ends when the connection does. Rejects as {@link ask} does. */
  async stream(path: string, body: Message, signal: AbortSignal): Promise<AsyncGenerator<Message>> {
    return await this.#eachEndpoint(async (endpoint) => {
      const answer = await this.#authorised(path, body, endpoint, signal);
      answer.socket.setKeepAlive(true, KEEP_ALIVE);
      return messagesOf(answer);
    }, signal);
  }

  /** Takes the next endpoint from now on. */
  skip(): void {
    this.#at = (this.#at + 1) % this.#endpoints.length;
  }

  /** Forgets the token of the user, so that the next request asks for one. */
  forgetToken(): void {
    this.#token = undefined;
  }

  get #limit(): number {
    return this.#options.answerWithin ?? ANSWER_WITHIN;
  }

  async #eachEndpoint<Result>(use: (endpoint: URL) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const failures: string[] = [];
    for (let tries = 0; tries < this.#endpoints.length; tries++) {
      const endpoint = this.#endpoints[this.#at]!;
      try {
        return await use(endpoint);
      } catch (error) {
        if (signal.aborted) throw error;
        failures.push(`etcd at ${endpoint.origin}: ${reasonOf(error)}`);
        if (error instanceof EtcdRefusal && FINAL.has(error.status ?? -1)) break;
        this.skip();
      }
    }
    throw new SourceError(failures);
  }

  /** Sends a request with the token of the user, a new one where the old one is not taken any more. */
  async #authorised(
    path: string,
    body: Message,
    endpoint: URL,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { user } = this.#options;
    if (user === undefined) return await this.#send(path, body, endpoint, signal);
    const fresh = this.#token === undefined;
    this.#token ??= await this.#authenticate(user, endpoint, signal);
    try {
      return await this.#send(path, body, endpoint, signal);
    } catch (error) {
      if (fresh || !(error instanceof EtcdRefusal) || error.status !== UNAUTHENTICATED) throw error;
      this.#token = await this.#authenticate(user, endpoint, signal);
      return await this.#send(path, body, endpoint, signal);
    }
  }

  async #authenticate(name: string, endpoint: URL, signal: AbortSignal): Promise<string> {
    this.#token = undefined;
    const password = readFileSync(this.#options.passwordFile!, 'utf8').replace(/\r?\n$/, '');
    const answer = await this.#send('/v3/auth/authenticate', { name, password }, endpoint, signal);
    const { token } = asMessage(JSON.parse(await textOf(answer, this.#limit, signal)));
    if (typeof token !== 'string') throw new SourceError('gave no token to the user');
    return token;
  }

  /** The answer's head; the rest is to be read. Rejects with an {@link EtcdRefusal} for any status but 200. */
  async #send(path: string, body: Message, endpoint: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const text = JSON.stringify(body);
    const options: RequestOptions = {
      method: 'POST',
      // A connection for each request: they are rare, and none is left idle.
      agent: false,
      signal,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
        ...(this.#token === undefined ? {} : { Authorization: this.#token }),
      },
      ...(endpoint.protocol === 'https:' ? this.#certificates() : {}),
    };
    const send = endpoint.protocol === 'https:' ? httpsRequest : httpRequest;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(new URL(path, endpoint), options, resolve);
      const timer = setTimeout(() => request.destroy(new Error(silence(this.#limit))), this.#limit);
      request.on('error', reject).on('response', () => clearTimeout(timer));
      request.on('close', () => clearTimeout(timer));
      request.end(text);
    });
    if (answer.statusCode === 200) return answer;
    throw refusal(answer.statusCode ?? 0, await textOf(answer, this.#limit, signal));
  }

  /** Read for each connection: they are replaced while we run. */
  #certificates(): RequestOptions {
    const { caFile, certificateFile, keyFile } = this.#options;
    return {
      ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
      ...(certificateFile === undefined ? {} : { cert: readFileSync(certificateFile) }),
      ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
    };
  }
}

function silence(limit: number): string {
  return `no answer within ${limit / 1000} s`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SyntaxError) return 'the answer is no JSON';
  // Node tries every address of a host, and says what came of each.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.message;
}

function refusal(httpStatus: number, text: string): EtcdRefusal {
  try {
    const answer = asMessage(JSON.parse(text));
    const words = answer.message ?? answer.error;
    const status = typeof answer.code === 'number' ? answer.code : undefined;
    if (typeof words === 'string') return new EtcdRefusal(words, status);
  } catch {
    // What is no JSON does not come from etcd.
  }
  const hint = httpStatus === 404 ? '; etcd 3.4 or newer is needed, with its gRPC gateway' : '';
  return new EtcdRefusal(`answered with HTTP status ${httpStatus}${hint}`, undefined);
}

/** The whole body. Rejects where it is too long, breaks off, or stops coming. */
async function textOf(answer: IncomingMessage, limit: number, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  answer.setTimeout(limit, () => answer.destroy(new Error(silence(limit))));
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST) throw new SourceError(`the answer is longer than ${LONGEST} bytes`);
    chunks.push(chunk);
  }
  signal.throwIfAborted();
  return Buffer.concat(chunks).toString();
}

/** The messages of a stream, one in each line. Rejects with a {@link SourceError}, and a SyntaxError for no JSON. */
export async function* messagesOf(answer: AsyncIterable<Buffer>): AsyncGenerator<Message> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString();
      rest = [];
      length = 0;
      start = end + 1;
      if (line.trim() !== '') yield asMessage(JSON.parse(line));
    }
    rest.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > LONGEST) throw new SourceError(`a message is longer than ${LONGEST} bytes`);
  }
}

/** Throws a {@link SourceError} where it is no object. */
export function asMessage(value: unknown): Message {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message;
  throw new SourceError('the answer is no object');
}
