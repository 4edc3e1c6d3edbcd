import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadKernelModule } from '../../../../lib/cli/kernel/kernel-module.ts';

describe('loading a module', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-module-'));
  const modules = join(folder, 'modules');
  const asked = join(folder, 'asked');
  after(() => rmSync(folder, { recursive: true }));

  /** A modprobe that notes what it is asked. */
  function modprobe(status: number): string {
    const path = join(folder, `modprobe-${status}`);
    writeFileSync(path, `#!/bin/sh\necho "$@" >>${asked}\necho noise >&2\nexit ${status}\n`, { mode: 0o755 });
    return path;
  }

  it('does not ask modprobe where this kernel has no modules', async () => {
    mkdirSync(join(modules, `${release()}-other`), { recursive: true });
    assert.equal(await loadKernelModule('ip_vs', { modprobe: modprobe(0), modules }), false);
    assert.equal(existsSync(asked), false);
  });

  it('says whether modprobe has loaded it', async () => {
    mkdirSync(join(modules, release()));
    assert.equal(await loadKernelModule('ip_vs', { modprobe: modprobe(0), modules }), true);
    assert.equal(await loadKernelModule('ip_vs', { modprobe: modprobe(1), modules }), false);
    assert.equal(readFileSync(asked, 'utf8'), '-- ip_vs\n-- ip_vs\n');
    assert.equal(await loadKernelModule('ip_vs', { modprobe: join(folder, 'none'), modules }), false);
  });
});
