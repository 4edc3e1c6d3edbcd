import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const project: string = join(import.meta.dirname, '../../..');

test('every file named in the Markdown documents exists', () => {
  for (const document of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md']) {
    const text = readFileSync(join(project, document), 'utf8');
    const paths = [...text.matchAll(/`((?:bench|fixtures|lib|protocol|test)\/[\w./-]*\w)/g)].map(
      ([, path]) => path!,
    );
    for (const path of paths) assert.ok(existsSync(join(project, path)), `${document} names ${path}`);
  }
});

test('each row of "Where to change what" in ARCHITECTURE.md names at most five files', () => {
  const text = readFileSync(join(project, 'ARCHITECTURE.md'), 'utf8');
  const [, section] = text.split('## Where to change what');
  const rows = section!
    .split('\n## ')[0]!
    .split('\n')
    .filter((line) => /^\| [a-z]/.test(line));
  assert.ok(rows.length > 5);
  for (const row of rows) assert.ok((row.match(/`[^`]*`/g) ?? []).length <= 5, row);
});
