import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { applyChange, cDefines, insertLines } from './kernel/ip_vs/apply.ts';
import { type InsertionPoint, insertionPoints } from './kernel/ip_vs/insertion-points.ts';

function point(anchor: RegExp, place: InsertionPoint['place'], ...lines: string[]): InsertionPoint {
  return { file: 'some.c', anchor, place, lines };
}

/** A file in which every insertion point finds the line that it seeks, once. */
function lineFor({ source }: RegExp): string {
  return source
    .replace(/^\^|\$$/g, '')
    .replaceAll('\\t', '\t')
    .replace(/\\(.)/g, '$1');
}

describe('lines inserted into a source', () => {
  it('go before, after, or in place of the line that matches', () => {
    assert.equal(
      insertLines('a\nb\nc\n', [
        point(/^a$/, 'after', 'a1', 'a2'),
        point(/^b$/, 'instead', 'B'),
        point(/^c$/, 'before', 'c0'),
      ]),
      'a\na1\na2\nB\nc0\nc\n',
    );
  });

  it('keep their order when several share a line', () => {
    assert.equal(
      insertLines('a\nb', [
        point(/^b$/, 'before', '1'),
        point(/^b$/, 'after', '3'),
        point(/^b$/, 'before', '2'),
        point(/^b$/, 'after', '4'),
      ]),
      'a\n1\n2\nb\n3\n4',
    );
  });

  it('are never anchors themselves', () => {
    assert.equal(insertLines('a', [point(/^a$/, 'before', 'a'), point(/^a$/, 'after', 'b')]), 'a\na\nb');
  });

  it('are refused when no line matches', () => {
    assert.throws(() => insertLines('a\nb', [point(/^c$/, 'after', 'x')]), {
      message: 'some.c: no line matches /^c$/',
    });
  });

  it('are refused when several lines match', () => {
    assert.throws(() => insertLines('a\nb\na', [point(/^a$/, 'after', 'x')]), {
      message: 'some.c: /^a$/ matches 2 lines (1, 3) instead of one',
    });
  });

  it('cannot take the place of one line twice', () => {
    const twice = [point(/^a$/, 'instead', 'x'), point(/^a$/, 'instead', 'y')];
    assert.throws(() => insertLines('a', twice), { message: 'some.c: line 1 is replaced twice' });
  });
});

describe('the change to ip_vs', () => {
  let folder: string;
  let ipvs: string;
  const anchors = new Set(insertionPoints([]).map(({ anchor }) => lineFor(anchor)));

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kernel-change-'));
    ipvs = join(folder, 'kernel/net/netfilter/ipvs');
    await mkdir(ipvs, { recursive: true });
    writeFileSync(join(ipvs, 'ip_vs_ctl.c'), [...anchors, ''].join('\n'));
    writeFileSync(join(ipvs, 'Makefile'), 'obj-m += ip_vs.o\n');
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  function changed(name: string, ...options: Parameters<typeof applyChange>[2][]): string {
    applyChange(join(folder, 'kernel'), join(folder, name), ...options);
    return readFileSync(join(folder, name, 'ip_vs_ctl.c'), 'utf8');
  }

  it('names its options to the compiler', () => {
    assert.deepEqual(cDefines({}), []);
    assert.deepEqual(cDefines({ interruptMark: true, form: 'nested' }), []);
    assert.deepEqual(cDefines({ interruptMark: false }), ['IPVS_SINGLE_DUMP_NO_INTR']);
    assert.deepEqual(cDefines({ form: 'flat' }), ['IPVS_SINGLE_DUMP_FLAT']);
  });

  it('copies the folder, adds its file and leaves every line but one', () => {
    const lines = changed('plain').split('\n');
    for (const anchor of anchors) {
      assert.equal(lines.includes(anchor), !anchor.includes('.resv_start_op'), anchor);
    }
    assert.ok(lines.includes('#include "ip_vs_single_dump.c"'));
    assert.ok(!lines.some((line) => line.startsWith('#define')));
    assert.equal(readFileSync(join(folder, 'plain/Makefile'), 'utf8'), 'obj-m += ip_vs.o\n');
    assert.match(
      readFileSync(join(folder, 'plain/ip_vs_single_dump.c'), 'utf8'),
      /^\/\/ SPDX-License-Identifier: GPL-2\.0-only\n/,
    );
  });

  it('calls only what its own file defines', () => {
    const inserted = insertionPoints([]).flatMap(
      ({ lines }) => lines.join('\n').match(/ip_vs_single_dump_\w+/g) ?? [],
    );
    const text = readFileSync(join(folder, 'plain/ip_vs_single_dump.c'), 'utf8');
    assert.ok(inserted.length > 0);
    for (const name of inserted) assert.match(text, new RegExp(`^static .*\\b${name}\\b`, 'm'));
  });

  it('defines its options above its own file', () => {
    const lines = changed('v1', { interruptMark: false, form: 'flat' }).split('\n');
    const at = lines.indexOf('#include "ip_vs_single_dump.c"');
    assert.deepEqual(lines.slice(at - 2, at), [
      '#define IPVS_SINGLE_DUMP_NO_INTR',
      '#define IPVS_SINGLE_DUMP_FLAT',
    ]);
  });

  it('refuses a source that has it already', () => {
    const again = join(folder, 'again/net/netfilter/ipvs');
    applyChange(join(folder, 'kernel'), again);
    assert.throws(
      () => applyChange(join(folder, 'again'), join(folder, 'twice')),
      /already has the single dump/,
    );
  });

  it('refuses a source that lacks an anchor, and writes nothing', async () => {
    const other = join(folder, 'other/net/netfilter/ipvs');
    await mkdir(other, { recursive: true });
    writeFileSync(join(other, 'ip_vs_ctl.c'), [...anchors].slice(1).join('\n'));
    assert.throws(
      () => applyChange(join(folder, 'other'), join(folder, 'none')),
      /ip_vs_ctl\.c: no line matches/,
    );
    assert.throws(() => readFileSync(join(folder, 'none/ip_vs_ctl.c')), { code: 'ENOENT' });
  });
});
