import type { ListenAddress } from '../../http/listen-address.ts';
import type { HttpServer } from '../../http/server.ts';
import { isHealthy, ReconcilerStatus, statusMetrics, statusText } from '../../reconciler/status.ts';

const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Serves the status of the reconciler over HTTP, also before the reconciler has started. */
export class StatusServer {
  /** The status that is served. */
  status: Readonly<ReconcilerStatus> = new ReconcilerStatus();
  readonly #server: HttpServer;

  private constructor(server: HttpServer) {
    this.#server = server;
  }

  /**
   * Serves `/metrics` and `/healthz`, which has status 200 while the last successful run is at most
   * `healthyWithin` milliseconds old, and 503 otherwise. Throws a CommandError if it cannot listen.
   */
  static async open(listen: ListenAddress, healthyWithin: number): Promise<StatusServer> {
    const { listen: startServer } = await import('../listen.ts');
    const status = (): Readonly<ReconcilerStatus> => server.status;
    const handlers = {
      '/metrics': () => ({ contentType: METRICS_CONTENT_TYPE, body: statusMetrics(status()) }),
      '/healthz': () => ({
        status: isHealthy(status(), healthyWithin) ? 200 : 503,
        body: `${statusText(status())}\n`,
      }),
    };
    const server = new StatusServer(await startServer({ listen, handlers }));
    return server;
  }

  get address(): ListenAddress {
    return this.#server.address;
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}
