import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { optionSections } from '../../../lib/cli/parse/options.ts';

const project = join(import.meta.dirname, '../../../..');
const launcher = join(project, 'dist/lib/cli/launcher.cjs');

function ipvs(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [launcher, ...words], { encoding: 'utf8' });
}

describe('as a process', () => {
  it('says its version', () => {
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    assert.deepEqual(ipvs('--version').stdout, `ipvs ${version}\n`);
  });

  it('shows every option in its help', () => {
    const { status, stdout, stderr } = ipvs('-h');
    assert.deepEqual([status, stderr], [0, '']);
    for (const { long, short } of optionSections.flatMap(({ options }) => options)) {
      assert.ok(stdout.includes(`--${long}`), long);
      if (short !== undefined) assert.ok(stdout.includes(`-${short}`), short);
    }
  });

  it('ends a bad command line with its status and one line', () => {
    const { status, stdout, stderr } = ipvs('-A', '-t', '10.0.0.1:70000');
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^ipvs: -t 10\.0\.0\.1:70000: [^\n]+\n$/);
  });

  it('is silent when the reader of its output has gone, and reports other errors of writing', () => {
    const script = `(sleep 0.3; exec ${process.execPath} ${launcher} completion bash) | true; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.equal(stdout, '141\n');
    const full = spawnSync('bash', ['-c', `${process.execPath} ${launcher} --help >/dev/full`], {
      encoding: 'utf8',
    });
    assert.equal(full.status, 1);
    assert.match(full.stderr, /^ipvs: standard output [^\n]*ENOSPC\n$/);
  });
});
