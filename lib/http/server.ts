import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { printable } from '../../protocol/netlink/text/printable.ts';
import type { ListenAddress } from './listen-address.ts';
import { type ResponseContent, sendResponse } from './response.ts';

/** The part of a request that handlers use. */
interface HandlerRequest {
  /** Value of the header Accept; empty if there is none. */
  readonly accept: string;
}

/** Makes the response to a GET. If it throws, the response has status 500 and the error's message. */
export type Handler = (request: HandlerRequest) => ResponseContent | Promise<ResponseContent>;

/** The endpoints of a server, its timeouts and its limits. */
export interface HttpServerOptions {
  readonly listen: ListenAddress;
  /** Handlers by path, such as `/metrics`. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Called with each error of a handler. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * Timeout for a client to read what was written, in milliseconds; then its connection is destroyed.
   * Default: 10 000.
   */
  readonly stallTimeout?: number | undefined;
  /** Timeout for receiving a whole request, in milliseconds. Default: 5000. */
  readonly requestTimeout?: number | undefined;
  /** Maximum number of connections at a time; further ones are closed at once. Default: 64. */
  readonly maximumConnections?: number | undefined;
}

const STALL_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 5000;
const MAXIMUM_CONNECTIONS = 64;
/** Maximum length of the headers of a request, in bytes. */
const MAXIMUM_HEADER = 8192;
/**
 * Time that an idle connection stays open, in milliseconds: longer than Prometheus usually waits between
 * two requests.
 */
const KEEP_ALIVE = 75_000;

/**
 * A small HTTP server for endpoints such as metrics and health: GET and HEAD only, no files. Connections
 * whose request headers exceed 8 KiB, whose request does not arrive in time or whose client stalls are
 * closed.
 */
export class HttpServer {
  /** The address that it listens on, with the port that the kernel chose if it was given as 0. */
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #stallTimeout: number;
  readonly #handlers: ReadonlyMap<string, Handler>;
  readonly #onError: (error: unknown) => void;

  private constructor(server: Server, options: HttpServerOptions) {
    const { handlers, onError = () => {}, stallTimeout = STALL_TIMEOUT } = options;
    const { address, port } = server.address() as AddressInfo;
    this.address = { host: address, port };
    this.#server = server;
    this.#handlers = new Map(Object.entries(handlers));
    this.#onError = onError;
    this.#stallTimeout = stallTimeout;
    server.on('error', onError);
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  /** Starts a server. Rejects with the system's error, such as EADDRINUSE. */
  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const { requestTimeout = REQUEST_TIMEOUT, maximumConnections = MAXIMUM_CONNECTIONS } = options;
    const server = createServer({
      maxHeaderSize: MAXIMUM_HEADER,
      headersTimeout: requestTimeout,
      requestTimeout,
      connectionsCheckingInterval: Math.ceil(requestTimeout / 2),
      keepAliveTimeout: KEEP_ALIVE,
    });
    server.maxConnections = maximumConnections;
    server.listen({ ...options.listen });
    await once(server, 'listening');
    return new HttpServer(server, options);
  }

  /**
   * Stops accepting connections, waits up to `grace` milliseconds for responses in progress, and closes all
   * connections. Default: 1000.
   */
  async close(grace = 1000): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), grace);
    await closed;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // No handler reads a request body.
    request.resume();
    const withBody = request.method !== 'HEAD';
    const send = (content: ResponseContent): Promise<void> =>
      sendResponse(response, content, { withBody, stallTimeout: this.#stallTimeout });
    try {
      await send(await this.#contentFor(request, response));
    } catch (error) {
      this.#onError(error);
      if (response.headersSent) return;
      const message = error instanceof Error ? error.message : String(error);
      await send({ status: 500, body: `${printable(message)}\n` });
    } finally {
      // A closing server accepts no further request, so a connection is not needed after its response.
      if (!this.#server.listening) setImmediate(() => this.#server.closeIdleConnections());
    }
  }

  async #contentFor(
    { method, url = '/', headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<ResponseContent> {
    const [path = '/'] = url.split('?', 1);
    const handler = this.#handlers.get(path);
    if (handler === undefined) {
      const paths = [...this.#handlers.keys()].join(', ');
      return { status: 404, body: `not found; the endpoints are ${paths}\n` };
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return { status: 405, body: 'only GET and HEAD are served\n' };
    }
    return await handler({ accept: headers.accept ?? '' });
  }
}
