import type { ListenAddress } from '../../http/listen-address.ts';
import type { PageServer } from '../../http/server.ts';
import { isHealthy, newStatus, type ServiceStatus, statusMetrics, statusText } from '../../service/status.ts';

const METRICS = 'text/plain; version=0.0.4; charset=utf-8';

/** Where the status of a service is served, from before it runs. */
export class StatusServer {
  /** The status that is served. */
  status: Readonly<ServiceStatus> = newStatus();
  readonly #server: PageServer;

  private constructor(server: PageServer) {
    this.#server = server;
  }

  /**
   * Serves `/metrics` and `/healthz`, which is well while a run came to a good end within so many milliseconds. Throws a
   * CommandLineError where it cannot listen.
   */
  static async open(listen: ListenAddress, healthyWithin: number): Promise<StatusServer> {
    const { servePages } = await import('../serve-pages.ts');
    const status = (): Readonly<ServiceStatus> => server.status;
    const pages = {
      '/metrics': () => ({ contentType: METRICS, body: statusMetrics(status()) }),
      '/healthz': () => ({
        status: isHealthy(status(), healthyWithin) ? 200 : 503,
        body: `${statusText(status())}\n`,
      }),
    };
    const server = new StatusServer(await servePages({ listen, pages }));
    return server;
  }

  get address(): ListenAddress {
    return this.#server.address;
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}
