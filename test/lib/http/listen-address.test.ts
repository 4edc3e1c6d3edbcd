import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenAddressText, parseListenAddress } from '../../../lib/http/index.ts';

test('an address to listen on is parsed, and written as it was given', () => {
  for (const [text, host, port] of [
    ['127.0.0.1:9100', '127.0.0.1', 9100],
    ['0.0.0.0:0', '0.0.0.0', 0],
    ['localhost:65535', 'localhost', 65535],
    ['[::1]:80', '::1', 80],
    ['[fe80::1%eth0]:80', 'fe80::1%eth0', 80],
  ] as const) {
    assert.deepEqual(parseListenAddress('listen', text), { host, port });
    assert.equal(listenAddressText({ host, port }), text);
  }
});

test('without a host it is the loopback, never all addresses', () => {
  for (const text of ['9100', ':9100'])
    assert.deepEqual(parseListenAddress('listen', text), { host: '127.0.0.1', port: 9100 });
});

test('the error for an invalid address names the field', () => {
  for (const text of ['', 'localhost', 'a b:80', '::1:80', '1.2.3.4:', ':65536', '1.2.3.4:-1', 'http://a:1'])
    assert.throws(
      () => parseListenAddress('listen', text),
      { code: 'ERR_INVALID_FIELD', field: 'listen' },
      text,
    );
});
