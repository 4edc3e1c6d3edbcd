import type { Server } from 'node:http';
import { isHealthy, type ServiceStatus, statusMetrics, statusText } from '../../service/status.ts';

/** Where a status is served, and when it is a healthy one. */
export interface StatusServerOptions {
  readonly host: string;
  readonly port: number;
  /** A run must have come to a good end within so many milliseconds. */
  readonly healthyWithin: number;
}

/** Serves `/metrics` and `/healthz` over HTTP. Rejects with the error of `node:net` where it cannot listen. */
export async function serveStatus(
  status: Readonly<ServiceStatus>,
  { host, port, healthyWithin }: StatusServerOptions,
): Promise<Server> {
  const { createServer } = await import('node:http');
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000 }, (request, response) => {
    const path = request.url?.split('?')[0];
    response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405).end();
    else if (path === '/metrics') response.end(statusMetrics(status));
    else if (path === '/healthz')
      response.writeHead(isHealthy(status, healthyWithin) ? 200 : 503).end(`${statusText(status)}\n`);
    else response.writeHead(404).end('there are /metrics and /healthz\n');
  });
  server.maxConnections = 16;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return server;
}
