import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { HttpServer, type HttpServerOptions } from '../../../lib/http/index.ts';

async function serve(
  context: TestContext,
  handlers: HttpServerOptions['handlers'],
  options: Partial<HttpServerOptions> = {},
): Promise<HttpServer> {
  const server = await HttpServer.listen({ listen: { host: '127.0.0.1', port: 0 }, handlers, ...options });
  context.after(() => server.close(0));
  return server;
}

function url({ address }: HttpServer, path: string): string {
  return `http://${address.host}:${address.port}${path}`;
}

/** A connection that sends this text and reads nothing of what it is sent. */
async function stalled(server: HttpServer, text: string): Promise<Socket> {
  const socket = connect(server.address);
  socket.pause();
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

async function* endless(): AsyncGenerator<string> {
  for (;;) yield 'x'.repeat(65536);
}

test('handlers are found by path, get the Accept header, and choose status and type', async (context) => {
  const server = await serve(context, {
    '/metrics': ({ accept }) => ({ contentType: 'text/x', body: ['one ', Buffer.from('two '), accept] }),
    '/healthz': async () => ({ status: 503, body: 'ill\n' }),
  });
  const metrics = await fetch(url(server, '/metrics?a=b'), { headers: { accept: 'text/x' } });
  assert.deepEqual(
    [metrics.status, metrics.headers.get('content-type'), await metrics.text()],
    [200, 'text/x', 'one two text/x'],
  );
  const health = await fetch(url(server, '/healthz'));
  assert.deepEqual(
    [health.status, health.headers.get('content-type'), await health.text()],
    [503, 'text/plain; charset=utf-8', 'ill\n'],
  );
  const none = await fetch(url(server, '/other'));
  assert.deepEqual(
    [none.status, await none.text()],
    [404, 'not found; the endpoints are /metrics, /healthz\n'],
  );
});

test('HEAD generates no body, and nothing but GET and HEAD is served', async (context) => {
  let ended = false;
  const server = await serve(context, {
    '/': () => ({
      body: (function* () {
        try {
          yield 'never';
        } finally {
          ended = true;
        }
      })(),
    }),
  });
  const head = await fetch(url(server, '/'), { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text(), ended], [200, '', false]);
  const post = await fetch(url(server, '/'), { method: 'POST', body: 'x' });
  assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD']);
});

test('a handler that fails gives status 500 before its first chunk, and a truncated response after it', async (context) => {
  const reported: string[] = [];
  const server = await serve(
    context,
    {
      '/early': () => Promise.reject(new Error('no \x1b kernel')),
      '/first': () => ({
        // biome-ignore lint/correctness/useYield: it fails before its first chunk.
        body: (function* (): Generator<string> {
          throw new Error('no first');
        })(),
      }),
      '/late': () => ({
        body: (function* () {
          yield 'some';
          throw new Error('no more');
        })(),
      }),
    },
    { onError: (error) => reported.push((error as Error).message) },
  );
  const early = await fetch(url(server, '/early'));
  assert.deepEqual([early.status, await early.text()], [500, 'no \\x1b kernel\n']);
  assert.equal((await fetch(url(server, '/first'))).status, 500);
  await assert.rejects(fetch(url(server, '/late')).then((late) => late.text()));
  assert.deepEqual(reported, ['no \x1b kernel', 'no first', 'no more']);
});

test('the connection of a client that stalls is destroyed, its body is closed, and others are served meanwhile', async (context) => {
  const ended: string[] = [];
  async function* watched(): AsyncGenerator<string> {
    try {
      yield* endless();
    } finally {
      ended.push('body');
    }
  }
  const server = await serve(
    context,
    { '/endless': () => ({ body: watched() }), '/short': () => ({ body: 'short' }) },
    { stallTimeout: 100 },
  );
  const socket = await stalled(server, 'GET /endless HTTP/1.1\r\nhost: a\r\n\r\n');
  assert.equal(await (await fetch(url(server, '/short'))).text(), 'short');
  while (ended.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  socket.resume();
  await once(socket, 'close');
});

test('a body that is generated slowly does not count as a stall of its client', async (context) => {
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));
  const server = await serve(
    context,
    {
      '/': () => ({
        body: (async function* () {
          await pause();
          yield 'first';
          await pause();
          yield ' second';
        })(),
      }),
    },
    { stallTimeout: 10 },
  );
  assert.equal(await (await fetch(url(server, '/'))).text(), 'first second');
});

test('the body of a client that disconnects is closed, and no error is reported', async (context) => {
  const reported: unknown[] = [];
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  async function* watched(): AsyncGenerator<string> {
    try {
      yield* endless();
    } finally {
      end();
    }
  }
  const server = await serve(
    context,
    { '/': () => ({ body: watched() }) },
    { onError: (error) => reported.push(error) },
  );
  const clientRequest = get(url(server, '/'));
  const [response] = (await once(clientRequest, 'response')) as [NodeJS.ReadableStream];
  await once(response, 'data');
  clientRequest.destroy();
  await ended;
  assert.deepEqual(reported, []);
});

test('requests that do not arrive in time and headers that are too long are refused', async (context) => {
  const server = await serve(context, { '/': () => ({ body: '' }) }, { requestTimeout: 50 });
  const silent = await stalled(server, '');
  const half = await stalled(server, 'GET / HTTP/1.1\r\nhost: a\r\n');
  await Promise.all(
    [silent, half].map(async (socket) => {
      socket.resume();
      await once(socket, 'close');
    }),
  );
  const long = request(url(server, '/'), { headers: { 'x-long': 'x'.repeat(9000) } }).end();
  const [response] = (await once(long, 'response')) as [{ statusCode: number }];
  assert.equal(response.statusCode, 431);
});

test('connections beyond the maximum are closed at once', async (context) => {
  const server = await serve(context, { '/': () => ({ body: '' }) }, { maximumConnections: 2 });
  const first = await stalled(server, '');
  const second = await stalled(server, '');
  const third = await stalled(server, '');
  third.resume();
  await once(third, 'close');
  assert.deepEqual([first.destroyed, second.destroyed], [false, false]);
  for (const socket of [first, second]) socket.destroy();
});

test('closing waits for responses in progress, and for no idle connection', async (context) => {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await serve(context, {
    '/': () => ({
      body: (async function* () {
        yield 'begun';
        await released;
        yield ' and ended';
      })(),
    }),
    '/idle': () => ({ body: '' }),
  });
  await (await fetch(url(server, '/idle'))).text();
  const begun = await fetch(url(server, '/'));
  const closing = server.close(60_000);
  release();
  assert.equal(await begun.text(), 'begun and ended');
  await closing;
  await server.close();
  await assert.rejects(fetch(url(server, '/idle')));
});

test('closing does not wait for a client that stalls', async (context) => {
  const server = await serve(context, { '/': () => ({ body: endless() }) });
  const socket = await stalled(server, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await server.close(20);
  socket.destroy();
});

test('a port that is taken is an error', async (context) => {
  const server = await serve(context, {});
  await assert.rejects(HttpServer.listen({ listen: server.address, handlers: {} }), { code: 'EADDRINUSE' });
});
