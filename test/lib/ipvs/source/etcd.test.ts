import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type EtcdOptions, EtcdSource } from '../../../../lib/ipvs/source/index.ts';
import { certificates } from './certificates.ts';
import { FakeEtcd } from './fake-etcd.ts';
import { EventTexts, stateText } from './states.ts';

async function startEtcd(t: TestContext): Promise<FakeEtcd> {
  const etcd = new FakeEtcd();
  await etcd.start();
  t.after(() => etcd.kill());
  return etcd;
}

function follow(t: TestContext, etcd: FakeEtcd, key: string, options: EtcdOptions = {}): EventTexts {
  const events = new EventTexts(
    new EtcdSource(key, { endpoints: [etcd.endpoint], firstRetryDelay: 5, ...options }),
  );
  t.after(() => events.stop());
  return events;
}

async function waitForWatch(etcd: FakeEtcd): Promise<void> {
  while (etcd.watchCount === 0) await delay(2);
}

test('the keys of a prefix are one state, and changes of them are followed', async (t) => {
  const etcd = await startEtcd(t);
  etcd.put('/ipvs/a.json', stateText(1));
  etcd.put('/ipvs/b.yaml', 'services: []');
  etcd.put('/ipvt', stateText(9));
  const events = follow(t, etcd, '/ipvs/');
  assert.equal(await events.next(), '1');
  etcd.put('/ipvs/c', stateText(2, 3));
  assert.equal(await events.next(), '1 2 3');
  const next = events.next();
  await waitForWatch(etcd);
  etcd.delete('/ipvs/a.json');
  assert.equal(await next, '2 3');
});

test('no key, values with errors and the same service twice are problems until they are corrected', async (t) => {
  const etcd = await startEtcd(t);
  const events = follow(t, etcd, '/ipvs/');
  assert.equal(await events.next(), 'etcd:/ipvs/: etcd has no key with this prefix');
  assert.equal(
    await follow(t, etcd, '/ipvs').next(),
    'etcd:/ipvs: etcd has no such key; a prefix ends in a slash: etcd:/ipvs/',
  );
  etcd.put('/ipvs/a', '{"services": [');
  assert.match(await events.next(), /^etcd:\/ipvs\/a:1:15: /);
  etcd.put('/ipvs/a', '');
  assert.match(await events.next(), /^etcd:\/ipvs\/a:1:1: the file must hold an object/);
  etcd.put('/ipvs/a', stateText(1));
  assert.equal(await events.next(), '1');
  etcd.put('/ipvs/b', stateText(1));
  assert.equal(await events.next(), 'etcd:/ipvs/b: the service tcp 10.0.0.1:1 is in etcd:/ipvs/a as well');
  etcd.delete('/ipvs/a');
  assert.equal(await events.next(), '1');
});

test('a killed etcd is reported, and what changed meanwhile or was compacted is read when it is back', async (t) => {
  const etcd = await startEtcd(t);
  etcd.put('key', stateText(1));
  const events = follow(t, etcd, 'key');
  assert.equal(await events.next(), '1');
  const next = events.next();
  await waitForWatch(etcd);
  await etcd.kill();
  assert.match(await next, /^etcd at http:\/\/127\.[\d.]+:\d+: connect ECONNREFUSED/);
  etcd.put('key', stateText(2));
  etcd.compacted = etcd.revision;
  await etcd.start();
  let event = await events.next();
  while (event.includes('ECONNREFUSED')) event = await events.next();
  assert.equal(event, '2');
});

test('a compaction between reading and watching loses nothing', async (t) => {
  const etcd = await startEtcd(t);
  etcd.put('key', stateText(1));
  const events = follow(t, etcd, 'key');
  assert.equal(await events.next(), '1');
  etcd.put('key', stateText(2));
  etcd.put('key', stateText(3));
  etcd.compacted = etcd.revision;
  assert.equal(await events.next(), '3');
});

test('the next endpoint is used where one is down', async (t) => {
  const down = await startEtcd(t);
  const { endpoint } = down;
  await down.kill();
  const etcd = await startEtcd(t);
  etcd.put('key', stateText(1));
  const events = follow(t, etcd, 'key', { endpoints: [endpoint, etcd.endpoint] });
  assert.equal(await events.next(), '1');
});

test('an endpoint that does not respond does not delay later reads', async (t) => {
  const unresponsive = createServer();
  await new Promise<void>((resolve) => unresponsive.listen(0, '127.0.0.1', resolve));
  t.after(() => unresponsive.close());
  const etcd = await startEtcd(t);
  etcd.put('key', stateText(1));
  const unresponsiveEndpoint = `http://127.0.0.1:${(unresponsive.address() as AddressInfo).port}`;
  const timeout = 2000;
  const events = follow(t, etcd, 'key', { endpoints: [unresponsiveEndpoint, etcd.endpoint], timeout });
  assert.equal(await events.next(), '1');
  const waits: unknown[] = [];
  const original = globalThis.setTimeout;
  t.mock.method(globalThis, 'setTimeout', ((run: () => void, wait: number) => {
    waits.push(wait);
    return original(run, wait);
  }) as never);
  etcd.put('key', stateText(2));
  assert.equal(await events.next(), '2');
  const isLong = (wait: unknown): boolean => (wait as number) >= 5 * timeout && wait !== 60_000;
  assert.deepEqual(waits.filter(isLong), []);
});

test('a response that stalls is reported as such', async (t) => {
  const stalling = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{');
  });
  await new Promise<void>((resolve) => stalling.listen(0, '127.0.0.1', resolve));
  t.after(() => stalling.close());
  const endpoint = `http://127.0.0.1:${(stalling.address() as AddressInfo).port}`;
  const events = follow(t, await startEtcd(t), 'key', { endpoints: [endpoint], timeout: 100 });
  assert.match(await events.next(), /the response stalled for 0\.1 s/);
});

test('changes are found even where a watch gets no events', async (t) => {
  const etcd = await startEtcd(t);
  etcd.withholdsEvents = true;
  etcd.put('key', stateText(1));
  const events = follow(t, etcd, 'key', { checkEvery: 20 });
  assert.equal(await events.next(), '1');
  const next = events.next();
  await waitForWatch(etcd);
  etcd.put('key', stateText(2));
  assert.equal(await next, '2');
});

test('a token is requested with the password, and again when it is no longer accepted', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'etcd-password-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, 'secret\n');
  const etcd = await startEtcd(t);
  etcd.user = { name: 'edge', password: 'secret' };
  etcd.put('key', stateText(1));
  const events = follow(t, etcd, 'key', { user: 'edge', passwordFile });
  assert.equal(await events.next(), '1');
  const next = events.next();
  await waitForWatch(etcd);
  etcd.token = 'token-2';
  etcd.put('key', stateText(2));
  assert.equal(await next, '2');
  const later = events.next();
  await waitForWatch(etcd);
  etcd.tokenError = ['etcdserver: revision of auth store is old', 3];
  etcd.token = 'token-2a';
  etcd.put('key', stateText(4));
  assert.equal(await later, '4');
  etcd.user = { name: 'edge', password: 'other' };
  etcd.token = 'token-3';
  etcd.put('key', stateText(3));
  assert.match(await events.next(), /invalid user ID or password$/);
});

test('a store whose revision goes back, as after a restore, is reported', async (t) => {
  const etcd = await startEtcd(t);
  etcd.put('key', stateText(1));
  etcd.put('key', stateText(2));
  const events = follow(t, etcd, 'key', { checkEvery: 20 });
  assert.equal(await events.next(), '2');
  etcd.revision = 1;
  etcd.put('key', stateText(1));
  assert.match(await events.next(), /^1 etcd has gone back from revision 3 to 2/);
});

test('invalid options are refused', () => {
  for (const [field, options] of [
    ['endpoints', { endpoints: ['127.0.0.1:2379'] }],
    ['endpoints', { endpoints: ['https://name:password@etcd'] }],
    ['endpoints', { endpoints: [] }],
    ['keyFile', { certificateFile: 'a' }],
    ['passwordFile', { user: 'a' }],
  ] as const)
    assert.throws(() => new EtcdSource('key', options), { code: 'ERR_INVALID_FIELD', field });
  assert.throws(() => new EtcdSource(''), { code: 'ERR_INVALID_FIELD', field: 'key' });
});

test('a source connects over TLS with a CA file, a client certificate and a user; errors name what is missing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'etcd-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const { authority, server, serverKey, client, clientKey } = certificates;
  const etcd = new FakeEtcd({
    ca: authority,
    cert: server,
    key: serverKey,
    requestCert: true,
    rejectUnauthorized: true,
  });
  await etcd.start();
  t.after(() => etcd.kill());
  const withoutTls = await startEtcd(t);
  const down = await startEtcd(t);
  const { endpoint } = down;
  await down.kill();
  etcd.user = { name: 'edge', password: 'secret' };
  etcd.put('key', stateText(1));
  const options: EtcdOptions = {
    endpoints: [endpoint, etcd.endpoint],
    caFile: file('ca.pem', authority),
    certificateFile: file('edge.pem', client),
    keyFile: file('edge.key', clientKey),
    user: 'edge',
    passwordFile: file('password', 'secret'),
  };
  const events = follow(t, etcd, 'key', options);
  assert.equal(await events.next(), '1');
  const next = events.next();
  await waitForWatch(etcd);
  etcd.put('key', stateText(2));
  assert.equal(await next, '2');
  const oneEndpoint = { ...options, endpoints: [etcd.endpoint] };
  for (const [changed, message] of [
    [{ ...oneEndpoint, caFile: undefined }, /the CA of etcd's certificate is not trusted$/],
    [
      { ...oneEndpoint, certificateFile: undefined, keyFile: undefined },
      /; etcd requires a client certificate/,
    ],
    [
      { ...oneEndpoint, keyFile: file('other.key', serverKey) },
      /edge\.pem and .*other\.key: key values mismatch$/,
    ],
    [{ ...oneEndpoint, caFile: options.passwordFile }, /password: contains no certificate in PEM$/],
    [{ ...oneEndpoint, certificateFile: options.passwordFile }, /password: no start line$/],
    [{ ...options, keyFile: join(folder, 'none') }, /none: no such file or directory \(open: ENOENT\)$/],
    [{ endpoints: [etcd.endpoint.replace('https', 'http')] }, /; this endpoint may speak https, not http$/],
    [
      { endpoints: [withoutTls.endpoint.replace('http', 'https')] },
      /TLS: (?!undefined).+; this endpoint may speak http, not https$/,
    ],
  ] as const)
    assert.match(await follow(t, etcd, 'key', changed).next(), message);
  etcd.refusal = 'CommonName of client sending a request against gateway will be ignored';
  assert.match(
    await follow(t, etcd, 'key', oneEndpoint).next(),
    /status 400: CommonName .*that have a common name \(CN\)$/,
  );
});
