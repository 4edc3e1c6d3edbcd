import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const project = join(import.meta.dirname, '../../../../..');
const main = join(project, 'dist/lib/cli/main.js');
const captureFile = join(project, 'fixtures/stock-6.1/ipvs-netlink-read.pcap');

/** Writes the URL of every module that is loaded to standard error. */
const HOOKS = `
import { writeSync } from 'node:fs';
export async function load(url, context, next) {
  writeSync(2, url + '\\n');
  return await next(url, context);
}`;
const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const registration = dataUrl(
  `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(HOOKS))});`,
);

function loadedBy(...words: readonly string[]): string[] {
  const { stderr, status } = spawnSync(process.execPath, ['--import', registration, main, ...words], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stderr.split('\n').filter((url) => url.startsWith('file:'));
}

test('a listing loads nothing of ipvs top, and ipvs top without a terminal loads no screen', () => {
  const listing = loadedBy('-Ln', '--from', captureFile);
  assert.ok(listing.some((url) => url.endsWith('/cli/list/run-listing.js')));
  assert.deepEqual(
    listing.filter((url) => url.includes('/cli/top/')),
    [],
  );
  const table = loadedBy('top', '--from', captureFile);
  assert.ok(table.some((url) => url.endsWith('/cli/top/run-top.js')));
  assert.deepEqual(
    table.filter((url) => /terminal-screen|painter|live/.test(url)),
    [],
  );
});
