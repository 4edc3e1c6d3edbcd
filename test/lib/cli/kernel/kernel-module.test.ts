import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadKernelModule } from '../../../../lib/cli/kernel/kernel-module.ts';

describe('loading a module', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-module-'));
  const modules = join(folder, 'modules');
  const argumentsFile = join(folder, 'arguments');
  after(() => rmSync(folder, { recursive: true }));

  /** A modprobe that records its arguments. */
  function modprobe(status: number): string {
    const path = join(folder, `modprobe-${status}`);
    writeFileSync(path, `#!/bin/sh\necho "$@" >>${argumentsFile}\necho noise >&2\nexit ${status}\n`, {
      mode: 0o755,
    });
    return path;
  }

  it('does not run modprobe where this kernel has no modules', async () => {
    mkdirSync(join(modules, `${release()}-other`), { recursive: true });
    assert.equal(await loadKernelModule('ip_vs', { modprobe: modprobe(0), modules }), false);
    assert.equal(existsSync(argumentsFile), false);
  });

  it('says whether modprobe has loaded it', async () => {
    mkdirSync(join(modules, release()));
    assert.equal(await loadKernelModule('ip_vs', { modprobe: modprobe(0), modules }), true);
    assert.equal(await loadKernelModule('ip_vs', { modprobe: modprobe(1), modules }), false);
    assert.equal(readFileSync(argumentsFile, 'utf8'), '-- ip_vs\n-- ip_vs\n');
    assert.equal(await loadKernelModule('ip_vs', { modprobe: join(folder, 'none'), modules }), false);
  });
});
