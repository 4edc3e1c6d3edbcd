import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { SourceError } from '../state-source.ts';
import { FileProblem, fileText, secureContextOf } from './files.ts';
import { asMessage, type Message } from './message.ts';
import { type EtcdOptions, endpointsOf } from './options.ts';
import { EtcdRefusal, reasonOf, refusal } from './refusal.ts';

const RESPONSE_TIMEOUT = 5000;
/** Maximum size of a response, in bytes: values are base64, and a desired state has at most 64 MiB. */
const MAXIMUM_LENGTH = 96 << 20;
const KEEP_ALIVE = 15_000;
/**
 * gRPC codes that every member would return: invalid argument, permission denied, failed precondition,
 * unimplemented.
 */
const FINAL: ReadonlySet<number> = new Set([3, 7, 9, 12]);

/** A client of etcd's JSON gateway (API version 3) at any of several endpoints. */
export class EtcdGateway {
  readonly #options: EtcdOptions;
  readonly #endpoints: readonly URL[];
  #at = 0;
  #token: string | undefined;
  #duration = 0;

  /** Throws a FieldError for invalid options. */
  constructor(options: EtcdOptions) {
    this.#options = options;
    this.#endpoints = endpointsOf(options);
  }

  /**
   * Sends a request, to one endpoint after the other. Rejects with a {@link SourceError} with the error of
   * each.
   */
  async request(path: string, body: Message, signal: AbortSignal): Promise<Message> {
    return await this.#eachEndpoint(async (endpoint) => {
      const started = performance.now();
      const response = await this.#authorised(path, body, endpoint, signal);
      const text = await textOf(response, this.#timeout, signal);
      this.#duration = performance.now() - started;
      return asMessage(JSON.parse(text));
    }, signal);
  }

  /** Opens a stream of messages, which ends with the connection. Rejects as {@link request} does. */
  async stream(path: string, body: Message, signal: AbortSignal): Promise<AsyncGenerator<Message>> {
    return await this.#eachEndpoint(async (endpoint) => {
      const response = await this.#authorised(path, body, endpoint, signal);
      response.socket.setKeepAlive(true, KEEP_ALIVE);
      return messagesOf(response);
    }, signal);
  }

  /** Duration of the last successful request, in milliseconds. */
  get duration(): number {
    return this.#duration;
  }

  /** Switches to the next endpoint. */
  skip(): void {
    this.#at = (this.#at + 1) % this.#endpoints.length;
  }

  get #timeout(): number {
    return this.#options.answerWithin ?? RESPONSE_TIMEOUT;
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

  /** Sends a request with the user's token, or with a new one if the old one is no longer accepted. */
  async #authorised(
    path: string,
    body: Message,
    endpoint: URL,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { user } = this.#options;
    if (user === undefined) return await this.#send(path, body, endpoint, signal);
    const isNewToken = this.#token === undefined;
    this.#token ??= await this.#authenticate(user, endpoint, signal);
    try {
      return await this.#send(path, body, endpoint, signal);
    } catch (error) {
      if (isNewToken || !(error instanceof EtcdRefusal) || !error.wantsNewToken) throw error;
      this.#token = await this.#authenticate(user, endpoint, signal);
      return await this.#send(path, body, endpoint, signal);
    }
  }

  async #authenticate(name: string, endpoint: URL, signal: AbortSignal): Promise<string> {
    this.#token = undefined;
    const password = fileText(this.#options.passwordFile!).replace(/\r?\n$/, '');
    const response = await this.#send('/v3/auth/authenticate', { name, password }, endpoint, signal);
    const { token } = asMessage(JSON.parse(await textOf(response, this.#timeout, signal)));
    if (typeof token !== 'string') throw new SourceError('the response has no token');
    return token;
  }

  /**
   * Resolves to the response, whose body has not been read. Rejects with an {@link EtcdRefusal} for a status
   * other than 200.
   */
  async #send(path: string, body: Message, endpoint: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const text = JSON.stringify(body);
    const options: RequestOptions = {
      method: 'POST',
      // A new connection for each request: they are rare, and this leaves no idle one.
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
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(new URL(path, endpoint), options, resolve);
      const timer = setTimeout(() => request.destroy(new Error(timeoutText(this.#timeout))), this.#timeout);
      request.on('error', reject).on('response', () => clearTimeout(timer));
      request.on('close', () => clearTimeout(timer));
      request.end(text);
    });
    if (response.statusCode === 200) return response;
    throw refusal(response.statusCode ?? 0, await textOf(response, this.#timeout, signal));
  }
}

function timeoutText(milliseconds: number): string {
  return `no response within ${milliseconds / 1000} s`;
}

/**
 * Reads the body of a response. Rejects if it is too long, incomplete, or stalls for longer than the timeout.
 */
async function textOf(response: IncomingMessage, timeout: number, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  response.setTimeout(timeout, () => response.destroy(new Error(timeoutText(timeout))));
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAXIMUM_LENGTH) throw new SourceError(`the response is longer than ${MAXIMUM_LENGTH} bytes`);
    chunks.push(chunk);
  }
  signal.throwIfAborted();
  return Buffer.concat(chunks).toString();
}

/**
 * Yields the messages of a stream, one per line. Rejects with a {@link SourceError}, or a SyntaxError for
 * invalid JSON.
 */
export async function* messagesOf(body: AsyncIterable<Buffer>): AsyncGenerator<Message> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
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
    if (length > MAXIMUM_LENGTH) throw new SourceError(`a message is longer than ${MAXIMUM_LENGTH} bytes`);
  }
}
