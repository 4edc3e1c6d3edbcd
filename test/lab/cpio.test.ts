import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ArchiveMember, writeCpio } from '../kernel/lab/guest/cpio.ts';

interface ReadMember {
  readonly mode: string;
  readonly content: string;
}

function readCpio(archive: Buffer): Map<string, ReadMember> {
  const members = new Map<string, ReadMember>();
  for (let at = 0; ; ) {
    assert.equal(archive.toString('latin1', at, at + 6), '070701');
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const nameEnd = at + 110 + field(11);
    const name = archive.toString('utf8', at + 110, nameEnd - 1);
    if (name === 'TRAILER!!!') return members;
    const start = (nameEnd + 3) & ~3;
    const end = start + field(6);
    members.set(name, { mode: field(1).toString(8), content: archive.toString('utf8', start, end) });
    at = (end + 3) & ~3;
  }
}

describe('writeCpio', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cpio-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('writes folders before what is in them, links, contents and files of any length', async () => {
    const source = join(folder, 'source');
    writeFileSync(source, 'from the host', { mode: 0o640 });
    const members = new Map<string, ArchiveMember>([
      ['/a/b/file', { kind: 'file', source }],
      ['/a/link', { kind: 'link', target: '/a/b/file' }],
      ['/empty', { kind: 'folder' }],
    ]);
    for (const length of [0, 1, 2, 3, 4])
      members.set(`/a/${length}`, { kind: 'content', content: 'x'.repeat(length), mode: 0o755 });
    const file = join(folder, 'archive');
    await writeCpio(file, members);
    assert.deepEqual([...readCpio(readFileSync(file))], [
      ['a', { mode: '40755', content: '' }],
      ['a/b', { mode: '40755', content: '' }],
      ['a/b/file', { mode: '100640', content: 'from the host' }],
      ['a/link', { mode: '120777', content: '/a/b/file' }],
      ['empty', { mode: '40755', content: '' }],
      ...[0, 1, 2, 3, 4].map((length) => [`a/${length}`, { mode: '100755', content: 'x'.repeat(length) }]),
    ] as [string, ReadMember][]);
  });
});
