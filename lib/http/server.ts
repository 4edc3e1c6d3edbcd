import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { printable } from '../../protocol/netlink/text/printable.ts';
import { type Answer, sendAnswer } from './answer.ts';
import type { ListenAddress } from './listen-address.ts';

/** What a page is told of the request. */
interface PageRequest {
  /** The header Accept, empty where there is none. */
  readonly accept: string;
}

/** Makes the answer to a GET. What it throws becomes status 500 with the error's message. */
export type Page = (request: PageRequest) => Answer | Promise<Answer>;

/** What a server serves, and how long it waits. */
export interface PageServerOptions {
  readonly listen: ListenAddress;
  /** By path, such as `/metrics`. */
  readonly pages: Readonly<Record<string, Page>>;
  /** Told of each page that failed. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Milliseconds for a reader to take what was written, before it is cut off. Default: 10 000. */
  readonly stallTimeout?: number | undefined;
  /** Milliseconds for a request to arrive. Default: 5000. */
  readonly requestTimeout?: number | undefined;
  /** Connections at a time; what comes beyond is closed at once. Default: 64. */
  readonly maximumConnections?: number | undefined;
}

const STALL_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 5000;
const MAXIMUM_CONNECTIONS = 64;
const MAXIMUM_HEADER = 8192;
/** Milliseconds that an idle connection stays open: longer than the usual time between two scrapes. */
const KEEP_ALIVE = 75_000;

/**
 * A small HTTP server for pages that are read by machines, such as metrics and health: GET and HEAD, no files, nothing
 * that changes anything. Headers above 8 KiB, requests that do not arrive and readers that stall are cut off.
 */
export class PageServer {
  /** Where it listens: the port that the kernel chose in place of 0. */
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #stallTimeout: number;
  readonly #pages: ReadonlyMap<string, Page>;
  readonly #onError: (error: unknown) => void;

  private constructor(server: Server, options: PageServerOptions) {
    const { pages, onError = () => {}, stallTimeout = STALL_TIMEOUT } = options;
    const { address, port } = server.address() as AddressInfo;
    this.address = { host: address, port };
    this.#server = server;
    this.#pages = new Map(Object.entries(pages));
    this.#onError = onError;
    this.#stallTimeout = stallTimeout;
    server.on('error', onError);
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  /** Listens. Rejects with the system's error, such as EADDRINUSE. */
  static async listen(options: PageServerOptions): Promise<PageServer> {
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
    return new PageServer(server, options);
  }

  /** Takes no more requests, lets answers that have begun end for up to `grace` milliseconds, and closes. Default: 1000. */
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
    // A body is of no use to any page.
    request.resume();
    const withBody = request.method !== 'HEAD';
    const send = (answer: Answer): Promise<void> =>
      sendAnswer(response, answer, { withBody, stallTimeout: this.#stallTimeout });
    try {
      await send(await this.#answer(request, response));
    } catch (error) {
      this.#onError(error);
      if (response.headersSent) return;
      const message = error instanceof Error ? error.message : String(error);
      await send({ status: 500, body: `${printable(message)}\n` });
    } finally {
      // Once no more requests are taken, a connection is of no use after its answer.
      if (!this.#server.listening) setImmediate(() => this.#server.closeIdleConnections());
    }
  }

  async #answer({ method, url = '/', headers }: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const [path = '/'] = url.split('?', 1);
    const page = this.#pages.get(path);
    if (page === undefined) {
      const paths = [...this.#pages.keys()].join(', ');
      return { status: 404, body: `there is no such page; there are ${paths}\n` };
    }
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return { status: 405, body: 'only GET and HEAD are served\n' };
    }
    return await page({ accept: headers.accept ?? '' });
  }
}
