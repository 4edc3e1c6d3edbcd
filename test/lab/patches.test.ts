import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { applyPatches, writePatchedCopy } from '../kernel/ip_vs/apply.ts';
import { patchesHash, readCleanRun } from '../kernel/ip_vs/clean-run.ts';
import type { ServiceTables } from '../kernel/ip_vs/count-changes.ts';
import { applyEdits, type Edit } from '../kernel/ip_vs/edits.ts';
import { insertedCodeFolder, kernelPatches } from '../kernel/ip_vs/patches.ts';
import { patchSeries } from '../kernel/ip_vs/series.ts';

function edit(anchor: RegExp, place: Edit['place'], ...lines: string[]): Edit {
  return { file: 'some.c', anchor, place, lines };
}

function edited(source: string, ...edits: Edit[]): string {
  return applyEdits('some.c', source, edits);
}

/** A line that an anchor matches. */
function lineFor({ source }: RegExp): string {
  return source
    .replace(/^\^|\$$/g, '')
    .replace(/\\t\{(\d)\}/g, (_, count) => '\t'.repeat(Number(count)))
    .replaceAll('\\t', '\t')
    .replace(/\\(.)/g, '$1');
}

describe('lines put into a source', () => {
  it('go before, after, or in place of the line that matches', () => {
    const edits = [
      edit(/^a$/, 'after', 'a1', 'a2'),
      edit(/^b$/, 'instead', 'B'),
      edit(/^c$/, 'before', 'c0'),
    ];
    assert.equal(edited('a\nb\nc\n', ...edits), 'a\na1\na2\nB\nc0\nc\n');
  });

  it('take the place of several lines, or are made from the one that matches', () => {
    assert.equal(edited('a\nb\nc\nd', { ...edit(/^b$/, 'instead', 'B'), span: 2 }), 'a\nB\nd');
    const made: Edit = { ...edit(/^b/, 'instead'), lines: (line) => [`${line}!`, 'x'] };
    assert.equal(edited('a\nb)\nc', made), 'a\nb)!\nx\nc');
  });

  it('keep their order when several share a line', () => {
    const edits = [
      edit(/^b$/, 'before', '1'),
      edit(/^b$/, 'after', '3'),
      edit(/^b$/, 'before', '2'),
      edit(/^b$/, 'after', '4'),
    ];
    assert.equal(edited('a\nb', ...edits), 'a\n1\n2\nb\n3\n4');
  });

  it('have their anchor sought in one function only, up to its closing brace', () => {
    const source = 'f(\n{\n\tx;\n}\ng(\n{\n\tx;\n}\nconst l = {\n\tx\n};\n}';
    assert.equal(
      edited(source, { ...edit(/^\tx;$/, 'after', 'y'), within: /^g/ }),
      'f(\n{\n\tx;\n}\ng(\n{\n\tx;\ny\n}\nconst l = {\n\tx\n};\n}',
    );
    assert.match(
      edited(source, { ...edit(/^\};?$/, 'before', 'end'), within: /^const/ }),
      /\tx\nend\n\};\n\}$/,
    );
    assert.throws(() => edited('g(\n\tx;', { ...edit(/x/, 'after', 'y'), within: /^g/ }), {
      message: 'some.c: nothing closes what /^g/ begins',
    });
  });

  it('are never anchors themselves', () => {
    assert.equal(edited('a', edit(/^a$/, 'before', 'a'), edit(/^a$/, 'after', 'b')), 'a\na\nb');
  });

  it('are refused when no line matches, or several do', () => {
    assert.throws(() => edited('a\nb', edit(/^c$/, 'after', 'x')), {
      message: 'some.c: no line matches /^c$/',
    });
    assert.throws(() => edited('a\nb\na', edit(/^a$/, 'after', 'x')), {
      message: 'some.c: /^a$/ matches 2 lines (1, 3) instead of one',
    });
  });

  it('cannot take the place of one line twice', () => {
    const twice = [edit(/^a$/, 'instead', 'x'), edit(/^a$/, 'instead', 'y')];
    assert.throws(() => edited('a', ...twice), { message: 'some.c: line 1 is replaced twice' });
    const overlapping = [{ ...edit(/^a$/, 'instead', 'x'), span: 2 }, edit(/^b$/, 'instead', 'y')];
    assert.throws(() => edited('a\nb', ...overlapping), { message: 'some.c: line 2 is replaced twice' });
  });
});

/** A tree of files in which every edit of the series finds the line that it seeks, once, where it seeks it. */
function writeTree(folder: string, tables: ServiceTables, without?: RegExp): void {
  const files = new Map<string, Map<string, Set<string>>>();
  for (const { edits } of kernelPatches) {
    for (const { file, within, anchor } of edits(tables)) {
      const regions = files.get(file) ?? new Map<string, Set<string>>();
      files.set(file, regions);
      const region = within === undefined ? '' : lineFor(within);
      const lines = regions.get(region) ?? new Set<string>();
      regions.set(region, lines);
      const line = lineFor(anchor);
      if (anchor.source !== without?.source && !regions.has(line) && !/^\};?$/.test(line)) lines.add(line);
    }
  }
  for (const [file, regions] of files) {
    const text = [...regions].flatMap(([region, lines]) => {
      const anchorLines = [...lines].filter((line) => region !== '' || !regions.has(line));
      // An edit replaces up to four lines: empty ones after each, to be replaced with it.
      const padded = anchorLines.flatMap((line) => [line, '', '', '']);
      return region === '' ? padded : [region, '', ...padded, region.endsWith('= {') ? '};' : '}', ''];
    });
    const marker = tables === 'resizable' && file.endsWith('.c') ? '\t/* svc_resize_sem */' : '';
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, [marker, ...text, ''].join('\n'));
  }
  writeFileSync(join(folder, 'net/netfilter/ipvs/Makefile'), 'obj-m += ip_vs.o\n');
}

/** Applies the hunks of a unified diff to a text. Throws where a line is not what the diff says. */
function patched(text: string, hunks: string): string {
  const lines = text.split('\n');
  const result: string[] = [];
  let at = 0;
  for (const line of hunks.split('\n').slice(0, -1)) {
    const start = /^@@ -(\d+)/.exec(line)?.[1];
    if (start !== undefined) while (at < Number(start) - 1) result.push(lines[at++]!);
    else if (line.startsWith('+')) result.push(line.slice(1));
    else {
      assert.equal(lines[at], line.slice(1));
      if (line.startsWith(' ')) result.push(line.slice(1));
      at++;
    }
  }
  return [...result, ...lines.slice(at)].join('\n');
}

describe('the patches for ip_vs', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'patches-'));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const tables of ['shared', 'resizable'] as const) {
    describe(`for ${tables} service tables`, () => {
      let tree: string;

      before(() => {
        tree = join(folder, tables);
        writeTree(tree, tables);
      });

      it('are a series in which each patch begins where the one before ended', () => {
        const patches = applyPatches(tree);
        assert.deepEqual(
          patches.map(({ name }) => name),
          ['containers', 'single-dump', 'generation'],
        );
        const texts = new Map<string, string>();
        for (const { files } of patches) {
          for (const { path, before: start, after: end } of files) {
            assert.equal(start, texts.get(path) ?? readFileSync(join(tree, path), 'utf8'));
            assert.notEqual(start, end);
            texts.set(path, end);
          }
        }
        assert.match(texts.get('include/uapi/linux/ip_vs.h')!, /IPVS_CMD_GET_SERVICE_DEST,/);
      });

      it('are applied to a copy of the whole folder and both headers, and leave the tree as it is', () => {
        const target = join(folder, `${tables}-changed`);
        const original = readFileSync(join(tree, 'net/netfilter/ipvs/ip_vs_ctl.c'), 'utf8');
        writePatchedCopy(tree, target);
        assert.equal(readFileSync(join(tree, 'net/netfilter/ipvs/ip_vs_ctl.c'), 'utf8'), original);
        assert.equal(readFileSync(join(target, 'Makefile'), 'utf8'), 'obj-m += ip_vs.o\n');
        assert.match(readFileSync(join(target, 'include/net/ip_vs.h'), 'utf8'), /svc_seq;/);
        const text = readFileSync(join(target, 'ip_vs_ctl.c'), 'utf8');
        assert.equal(text.includes('down_read(&ipvs->svc_resize_sem)'), tables === 'resizable');
        assert.equal(text.includes('mutex_lock(&__ip_vs_mutex)'), tables === 'shared');
        assert.ok(!text.includes('SPDX'), 'the licence of the file is that of the file');
      });

      it('call ip_vs_change_begin() as often as ip_vs_change_end()', () => {
        const text = applyPatches(tree)
          .flatMap(({ files }) => files)
          .findLast(({ path }) => path.endsWith('.c'))!.after;
        const begins = text.match(/\tip_vs_change_begin\(/g)!.length;
        assert.equal(begins, text.match(/\tip_vs_change_end\(/g)!.length);
        assert.equal(begins, tables === 'resizable' ? 7 : 6);
      });

      it('are written as mails that change a tree as it is changed here', () => {
        const signedOffBy = 'A Tester <a.tester@example.org>';
        const mails = patchSeries(tree, { signedOffBy, date: new Date('2026-11-28T12:00:00Z') });
        assert.deepEqual(
          mails.map(({ name }) => name.slice(0, 5)),
          ['0000-', '0001-', '0002-', '0003-'],
        );
        assert.ok(!mails[0]!.text.includes('diff --git'));
        const texts = new Map<string, string>();
        for (const { text } of mails.slice(1)) {
          assert.match(
            text,
            /^Date: Sat, 28 Nov 2026 12:00:00 \+0000\nSubject: \[PATCH nf-next \d\/3\] ipvs: .+\n\n/m,
          );
          assert.match(text, /\n\nSigned-off-by: A Tester <a\.tester@example\.org>\n---\ndiff --git/);
          assert.ok(!text.includes('@FIGURES@'));
          const [, ...files] = text.replace(/-- \n\n$/, '').split(/^diff --git a\/\S+ b\//m);
          for (const file of files) {
            const path = /^\S+/.exec(file)![0];
            const original = texts.get(path) ?? readFileSync(join(tree, path), 'utf8');
            texts.set(path, patched(original, file.slice(file.indexOf('@@'))));
          }
        }
        for (const { files } of applyPatches(tree).slice(-1))
          for (const { path, after: end } of files) assert.equal(texts.get(path), end);
      });

      it('refuse a source that has them already', () => {
        const again = join(folder, `${tables}-again`);
        writePatchedCopy(tree, join(again, 'net/netfilter/ipvs'));
        assert.throws(() => applyPatches(again), /already has the single dump/);
      });

      it('refuse a source that lacks any of their anchors, and write nothing', () => {
        const anchors = kernelPatches.flatMap(({ edits }) => edits(tables).map(({ anchor }) => anchor));
        const last = anchors.at(-1);
        const lacking = join(folder, `${tables}-lacking`);
        writeTree(lacking, tables, last);
        const none = join(folder, `${tables}-none`);
        assert.throws(() => writePatchedCopy(lacking, none), /ip_vs_ctl\.c: no line matches/);
        assert.ok(!existsSync(none));
      });
    });
  }

  it('are the same as in the last clean run on the debug kernels', () => {
    const cleanRun = readCleanRun();
    assert.equal(
      cleanRun.patchesHash,
      patchesHash(),
      'run "npm run test:kernel -- --kernel debug-7.x --kernel debug-6.12 --clean-run"',
    );
    assert.ok(cleanRun.kernels.length > 0);
  });

  it('insert code under the licence of the kernel, file by file', () => {
    for (const name of readdirSync(insertedCodeFolder))
      assert.match(
        readFileSync(join(insertedCodeFolder, name), 'utf8'),
        /^(\/\/|\/\*) SPDX-License-Identifier: GPL-2\.0/,
      );
  });
});
