import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DesiredState } from '../../../../lib/index.ts';
import { PathSource } from '../../../../lib/ipvs/source/index.ts';
import { shortenTimers } from '../../shorten-timers.ts';
import { EventTexts, stateText } from './states.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'path-source-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Follows a path, with shorter timers. */
function follow(t: TestContext, path: string): { readonly events: EventTexts; readonly source: PathSource } {
  t.after(shortenTimers());
  const source = new PathSource(path);
  const events = new EventTexts(source);
  t.after(() => events.stop());
  return { events, source };
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

test('a file is followed as it is replaced, deleted and created again, and errors have their line', async (t) => {
  const file = join(folderOf(t), 'desired.yaml');
  const { events, source } = follow(t, file);
  assert.match(await events.next(), /ENOENT/);
  writeFileSync(file, stateText(1));
  assert.equal(await events.next(), '1');
  replace(file, stateText(2));
  assert.equal(await events.next(), '2');
  replace(file, 'services:\n  - port: x\n');
  assert.match(await events.next(), /desired\.yaml:2:/);
  replace(file, '');
  assert.match(await events.next(), /the file must hold an object/);
  rmSync(file);
  assert.match(await events.next(), /ENOENT/);
  replace(file, stateText(2));
  assert.equal(await events.next(), '2');
  const again = events.next();
  source.reread();
  assert.equal(await again, '2');
});

test('a file that is still being written is not read', async (t) => {
  const file = join(folderOf(t), 'desired.yaml');
  const { events } = follow(t, file);
  let length = 0;
  const text = stateText(1, 2, 3, 4);
  const next = events.next();
  const writing = setInterval(() => {
    length = Math.min(text.length, length + 100);
    writeFileSync(file, text.slice(0, length));
    if (length === text.length) clearInterval(writing);
  }, 5);
  const first = await next;
  assert.equal(first.includes('ENOENT') ? await events.next() : first, '1 2 3 4');
});

test('a file that is still being written is not read even if the clock of its file system is behind', async (t) => {
  const file = join(folderOf(t), 'desired.json');
  const now = Date.now;
  t.mock.method(Date, 'now', () => now() + 30_000);
  const { events } = follow(t, file);
  const text = stateText(1, 2, 3, 4);
  writeFileSync(file, text.slice(0, 100));
  const next = events.next();
  setTimeout(() => writeFileSync(file, text), 100);
  assert.equal(await next, '1 2 3 4');
});

test('the files of a folder are merged into one state, also through symbolic links, and an empty folder is a problem', async (t) => {
  const folder = folderOf(t);
  const { events } = follow(t, folder);
  assert.match(await events.next(), /contains no file that ends in \.json, \.yaml or \.yml$/);
  for (const version of ['v1', 'v2']) mkdirSync(join(folder, version));
  writeFileSync(join(folder, 'v1/a'), stateText(1));
  writeFileSync(join(folder, 'v2/a'), stateText(2));
  writeFileSync(join(folder, '.hidden.json'), 'x');
  writeFileSync(join(folder, 'README'), 'x');
  symlinkSync('v1', join(folder, '..data'));
  symlinkSync('..data/a', join(folder, 'a.json'));
  writeFileSync(join(folder, 'b.yaml'), stateText(5));
  assert.equal(await events.next(), '1 5');
  symlinkSync('v2', join(folder, '..new'));
  renameSync(join(folder, '..new'), join(folder, '..data'));
  assert.equal(await events.next(), '2 5');
  replace(join(folder, 'b.yaml'), stateText(2));
  assert.match(await events.next(), /b\.yaml: the service tcp 10\.0\.0\.1:2 is in .*a\.json as well$/);
  writeFileSync(join(folder, 'c.json'), '{');
  writeFileSync(join(folder, 'd.json'), '[');
  assert.match(await events.next(), /c\.json:1:.*\n.*d\.json:1:/);
});

test('settings may be in any of the files', async (t) => {
  const folder = folderOf(t);
  for (const [index, settings] of ['', '"timeouts":{"tcp":5},', '"sysctls":{"conntrack":1},', ''].entries())
    writeFileSync(join(folder, `${index}.json`), stateText(index + 1).replace('{', `{${settings}`));
  t.after(shortenTimers());
  const abort = new AbortController();
  const events = new PathSource(folder).events(abort.signal);
  const { value } = await events.next();
  const { state } = value as { readonly state: DesiredState };
  assert.deepEqual([state.timeouts, state.sysctls, state.daemons], [{ tcp: 5 }, { conntrack: 1 }, undefined]);
  abort.abort();
  await events.return();
});

test('files whose services have names are merged into one state, too', async (t) => {
  const folder = folderOf(t);
  for (const [index, name] of ['web', 'mail'].entries()) {
    const text = stateText(index + 1).replace('"protocol"', `"name":"${name}","protocol"`);
    writeFileSync(join(folder, `${name}.json`), text);
  }
  assert.equal(await follow(t, folder).events.next(), '2 1');
});
