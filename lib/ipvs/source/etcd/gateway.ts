import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { SourceError } from '../state-source.ts';
import { FileProblem, fileText, secureContextOf } from './files.ts';
import { asMessage, type Message } from './message.ts';
import { type EtcdOptions, endpointsOf } from './options.ts';
import { EtcdRefusal, reasonOf, refusal } from './refusal.ts';

const ANSWER_WITHIN = 5000;
/** The longest answer, in bytes: values come in base64, and a wanted state has at most 64 MiB. */
const LONGEST = 96 << 20;
const KEEP_ALIVE = 15_000;
/** Codes of gRPC with which every member would answer: bad arguments, no right, no such method. */
const FINAL: ReadonlySet<number> = new Set([3, 7, 9, 12]);

/** The JSON gateway of etcd's version 3 interface, at any of several endpoints. */
export class EtcdGateway {
  readonly #options: EtcdOptions;
  readonly #endpoints: readonly URL[];
  #at = 0;
  #token: string | undefined;
  #took = 0;

  /** Throws a FieldError for options that cannot be. */
  constructor(options: EtcdOptions) {
    this.#options = options;
    this.#endpoints = endpointsOf(options);
  }

  /** Asks one endpoint after the other. Rejects with a {@link SourceError} that says what each of them did. */
  async ask(path: string, body: Message, signal: AbortSignal): Promise<Message> {
    return await this.#eachEndpoint(async (endpoint) => {
      const started = performance.now();
      const answer = await this.#authorised(path, body, endpoint, signal);
      const text = await textOf(answer, this.#limit, signal);
      this.#took = performance.now() - started;
      return asMessage(JSON.parse(text));
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

  /** Milliseconds that the last answer took, at the endpoint that gave it. */
  get took(): number {
    return this.#took;
  }

  /** Takes the next endpoint from now on. */
  skip(): void {
    this.#at = (this.#at + 1) % this.#endpoints.length;
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
        if (signal.aborted || error instanceof FileProblem) throw error;
        failures.push(`etcd at ${endpoint.origin}: ${reasonOf(error, endpoint)}`);
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
      if (fresh || !(error instanceof EtcdRefusal) || !error.wantsNewToken) throw error;
      this.#token = await this.#authenticate(user, endpoint, signal);
      return await this.#send(path, body, endpoint, signal);
    }
  }

  async #authenticate(name: string, endpoint: URL, signal: AbortSignal): Promise<string> {
    this.#token = undefined;
    const password = fileText(this.#options.passwordFile!).replace(/\r?\n$/, '');
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
      ...(endpoint.protocol === 'https:' ? { secureContext: secureContextOf(this.#options) } : {}),
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
}

function silence(limit: number): string {
  return `no answer within ${limit / 1000} s`;
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
