import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasVirtualization } from '../kernel/lab/guest/accelerator.ts';
import { parseLdd } from '../kernel/lab/guest/libraries.ts';
import { MissingPackages, requireTools } from '../kernel/lab/tools.ts';

describe('what the lab needs of its host', () => {
  it('names every missing program, its package, and the one command that installs them', () => {
    const tools = new Map([
      ['no-such-program-a', 'package-b'],
      ['sh', 'dash'],
      ['no-such-program-c', 'package-a'],
    ]);
    assert.throws(
      () => requireTools(tools),
      (error: unknown) => {
        assert.ok(error instanceof MissingPackages);
        assert.equal(error.code, 'LAB_MISSING_PACKAGES');
        assert.deepEqual(error.packages, ['package-a', 'package-b']);
        assert.match(error.message, /no-such-program-a \(package package-b\)/);
        assert.match(error.message, /apt-get install --no-install-recommends package-a package-b$/);
        return true;
      },
    );
  });

  it('finds programs outside of PATH in the sbin folders', () => {
    assert.match(requireTools(new Map([['sh', 'dash']]), '').get('sh')!, /\/bin\/sh$/);
  });

  it('reads libraries and loader from ldd, and refuses one that is not found', () => {
    const listed =
      '\tlinux-vdso.so.1 (0x00007ffc)\n\tlibc.so.6 => /lib/x/libc.so.6 (0x00007fb4)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007fb5)\n';
    assert.deepEqual(parseLdd(listed), ['/lib/x/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
    assert.deepEqual(parseLdd('\tstatically linked\n'), []);
    assert.throws(() => parseLdd('\tlibx.so.1 => not found\n'), /libx\.so\.1 => not found/);
  });

  it('tells a processor that can virtualize from one that cannot', () => {
    assert.ok(hasVirtualization('processor\t: 0\nflags\t\t: fpu vmx sse\n'));
    assert.ok(hasVirtualization('flags : svm\n'));
    assert.ok(!hasVirtualization('flags : fpu sse\nvmx flags : vnmi\nbugs : vmx_like\n'));
  });
});
