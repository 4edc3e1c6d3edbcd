import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { SourceError } from '../state-source.ts';
import { CredentialFileError, fileText, secureContextOf } from './files.ts';
import { asJsonObject, type JsonObject } from './json-object.ts';
import { type EtcdOptions, endpointsOf } from './options.ts';
import { EtcdStatusError, reasonOf, statusError } from './status-error.ts';

const DEFAULT_TIMEOUT = 5000;
/** Maximum length of a response, in bytes: values are in base64, and a desired state has at most 64 MiB. */
const MAXIMUM_LENGTH = 96 << 20;
const KEEP_ALIVE = 15_000;
/**
 * Status codes of gRPC with which every other member would respond, too, so that no other is tried: invalid argument,
 * permission denied, failed precondition, unimplemented.
 */
const NON_RETRYABLE: ReadonlySet<number> = new Set([3, 7, 9, 12]);

/** Calls etcd's version 3 API through its JSON gateway, at any of several endpoints. */
export class EtcdClient {
  readonly #options: EtcdOptions;
  readonly #endpoints: readonly URL[];
  /** Index of the endpoint in use. */
  #current = 0;
  #token: string | undefined;
  /** Duration of the last successful call at the endpoint that responded, in milliseconds. */
  lastDuration = 0;

  /** Throws a FieldError for invalid options. */
  constructor(options: EtcdOptions) {
    this.#options = options;
    this.#endpoints = endpointsOf(options);
  }

  /**
   * Sends a request to one endpoint after the other until one succeeds. If none does, rejects with a {@link
   * SourceError} that has the error of each.
   */
  async call(path: string, body: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    return await this.#tryEndpoints(async (endpoint) => {
      const started = performance.now();
      const response = await this.#sendAuthorised(path, body, endpoint, signal);
      const text = await textOf(response, this.#timeout, signal);
      this.lastDuration = performance.now() - started;
      return asJsonObject(JSON.parse(text));
    }, signal);
  }

  /** Opens a stream of messages, which ends when the connection does. Rejects like {@link call}. */
  async stream(path: string, body: JsonObject, signal: AbortSignal): Promise<AsyncGenerator<JsonObject>> {
    return await this.#tryEndpoints(async (endpoint) => {
      const response = await this.#sendAuthorised(path, body, endpoint, signal);
      response.socket.setKeepAlive(true, KEEP_ALIVE);
      return messagesOf(response);
    }, signal);
  }

  /** Uses the next endpoint from now on. */
  useNextEndpoint(): void {
    this.#current = (this.#current + 1) % this.#endpoints.length;
  }

  get #timeout(): number {
    return this.#options.timeout ?? DEFAULT_TIMEOUT;
  }

  async #tryEndpoints<Result>(use: (endpoint: URL) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const failures: string[] = [];
    for (let tries = 0; tries < this.#endpoints.length; tries++) {
      const endpoint = this.#endpoints[this.#current]!;
      try {
        return await use(endpoint);
      } catch (error) {
        if (signal.aborted || error instanceof CredentialFileError) throw error;
        failures.push(`etcd at ${endpoint.origin}: ${reasonOf(error, endpoint)}`);
        if (error instanceof EtcdStatusError && NON_RETRYABLE.has(error.status ?? -1)) break;
        this.useNextEndpoint();
      }
    }
    throw new SourceError(failures);
  }

  /**
   * Sends a request with the user's token, and once more with a new token if the old one is no longer
   * accepted.
   */
  async #sendAuthorised(
    path: string,
    body: JsonObject,
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
      if (isNewToken || !(error instanceof EtcdStatusError) || !error.needsNewToken) throw error;
      this.#token = await this.#authenticate(user, endpoint, signal);
      return await this.#send(path, body, endpoint, signal);
    }
  }

  async #authenticate(name: string, endpoint: URL, signal: AbortSignal): Promise<string> {
    this.#token = undefined;
    const password = fileText(this.#options.passwordFile!).replace(/\r?\n$/, '');
    const response = await this.#send('/v3/auth/authenticate', { name, password }, endpoint, signal);
    const { token } = asJsonObject(JSON.parse(await textOf(response, this.#timeout, signal)));
    if (typeof token !== 'string') throw new SourceError('returned no token for the user');
    return token;
  }

  /**
   * Sends a request and returns the response, whose body is still to be read. Rejects with an {@link
   * EtcdStatusError} for any status other than 200.
   */
  async #send(path: string, body: JsonObject, endpoint: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const text = JSON.stringify(body);
    const options: RequestOptions = {
      method: 'POST',
      // Each request has a connection of its own: they are rare, and no connection is left idle.
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
      const timer = setTimeout(
        () => request.destroy(new Error(`no response within ${this.#timeout / 1000} s`)),
        this.#timeout,
      );
      request.on('error', reject).on('response', () => clearTimeout(timer));
      request.on('close', () => clearTimeout(timer));
      request.end(text);
    });
    if (response.statusCode === 200) return response;
    throw statusError(response.statusCode ?? 0, await textOf(response, this.#timeout, signal));
  }
}

/**
 * Reads the whole body of a response. Rejects if it is too long or truncated, or stalls for `timeout`
 * milliseconds.
 */
async function textOf(response: IncomingMessage, timeout: number, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  response.setTimeout(timeout, () =>
    response.destroy(new Error(`the response stalled for ${timeout / 1000} s`)),
  );
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAXIMUM_LENGTH) throw new SourceError(`the response is longer than ${MAXIMUM_LENGTH} bytes`);
    chunks.push(chunk);
  }
  signal.throwIfAborted();
  return Buffer.concat(chunks).toString();
}

/**
 * Yields the messages of a stream, one for each line. Rejects with a {@link SourceError}, or with a
 * SyntaxError if a line is not JSON.
 */
export async function* messagesOf(response: AsyncIterable<Buffer>): AsyncGenerator<JsonObject> {
  let rest: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString();
      rest = [];
      length = 0;
      start = end + 1;
      if (line.trim() !== '') yield asJsonObject(JSON.parse(line));
    }
    rest.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > MAXIMUM_LENGTH) throw new SourceError(`a message is longer than ${MAXIMUM_LENGTH} bytes`);
  }
}
