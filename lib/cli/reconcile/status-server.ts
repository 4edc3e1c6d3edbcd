import type { ListenAddress } from '../../http/listen-address.ts';
import type { PageServer } from '../../http/server.ts';
import { isHealthy, type ServiceStatus, statusMetrics, statusText } from '../../service/status.ts';

const METRICS = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/metrics` and `/healthz`, which is well while a run came to a good end within so many milliseconds. Rejects with
 * the error of `node:net` where it cannot listen.
 */
export async function serveStatus(
  status: Readonly<ServiceStatus>,
  listen: ListenAddress,
  healthyWithin: number,
): Promise<PageServer> {
  const { PageServer: Server } = await import('../../http/server.ts');
  return await Server.listen({
    listen,
    pages: {
      '/metrics': () => ({ contentType: METRICS, body: statusMetrics(status) }),
      '/healthz': () => ({
        status: isHealthy(status, healthyWithin) ? 200 : 503,
        body: `${statusText(status)}\n`,
      }),
    },
  });
}
