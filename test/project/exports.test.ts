import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const project: string = join(import.meta.dirname, '../../..');
const list: string = join(project, 'test/project/exports.json');

const manifest: { readonly name: string; readonly exports: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(project, 'package.json'), 'utf8'),
);

/** Returns the names of the values that each entry point exports; types do not exist at run time. */
async function exported(): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [path, file] of Object.entries(manifest.exports)) {
    if (!file.endsWith('.js') || !existsSync(join(project, file))) continue;
    const names = Object.keys(await import(join(project, file)));
    found[path.replace('.', manifest.name)] = names.sort();
  }
  return found;
}

test('the entry points export what test/project/exports.json says, and nothing else', async () => {
  const found = await exported();
  assert.ok(Object.keys(found).length > 0);
  if (process.env.UPDATE_EXPORTS === '1') writeFileSync(list, `${JSON.stringify(found, undefined, 2)}\n`);
  const hint =
    'if the change is meant, run: npm run build && UPDATE_EXPORTS=1 node dist/test/project/exports.test.js';
  const expected: Record<string, string[]> = JSON.parse(readFileSync(list, 'utf8'));
  assert.deepEqual(Object.keys(found), Object.keys(expected), hint);
  for (const [entry, names] of Object.entries(found))
    assert.deepEqual(names, expected[entry], `${entry}; ${hint}`);
});
