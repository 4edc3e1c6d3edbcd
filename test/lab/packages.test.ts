import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headerPackages, relativeMakefile } from '../kernel/lab/build/kernel-headers.ts';
import { archiveAddress } from '../kernel/lab/packages/apt.ts';
import { newestRelease, parsePackages } from '../kernel/lab/packages/packages.ts';

const offered = [
  'linux-image-6.1.0-9-cloud-amd64',
  'linux-image-6.1.0-56-cloud-amd64-dbg',
  'linux-image-6.1.0-57-cloud-amd64-unsigned',
  'linux-image-6.1.0-56-cloud-amd64',
  'linux-image-6.1.0-56-amd64',
  'linux-image-6.12.9+deb12-cloud-amd64',
  'linux-image-6.12.117+deb12-cloud-amd64',
  'linux-image-6.12-cloud-amd64',
  'linux-image-cloud-amd64',
  'linux-image-7.3.4+deb13-cloud-amd64',
  'linux-binary-7.3.4+deb13-cloud-amd64',
  'linux-binary-7.2.12+deb13-cloud-amd64',
  'linux-binary-7.12.1+deb13-cloud-amd64',
  'linux-binary-7.13.1+deb13-rt-amd64',
  'linux-binary-unsigned-7.14.1+deb13-cloud-amd64',
  'linux-binary-6.19.14+deb13-cloud-amd64',
];

describe('packages of kernels', () => {
  it('takes the newest signed cloud image of the series, comparing versions as numbers', () => {
    assert.equal(newestRelease(offered, '6.1'), '6.1.0-56-cloud-amd64');
    assert.equal(newestRelease(offered, '6.12'), '6.12.117+deb12-cloud-amd64');
    assert.equal(newestRelease(offered, '7.x'), '7.12.1+deb13-cloud-amd64');
    assert.equal(newestRelease(['linux-image-6.12.117+deb12-cloud-amd64'], '6.1'), undefined);
  });

  it("takes the archive's address from the release's own suite, never from updates or others", () => {
    const targets = [
      'http://one.example/debian-security bookworm-security',
      'http://two.example/debian bookworm-updates',
      'http://two.example/debian bookworm',
      'http://three.example/apt tools-bookworm',
    ].join('\n');
    assert.equal(archiveAddress(targets, 'bookworm'), 'http://two.example/debian');
    assert.equal(archiveAddress(targets, 'trixie'), undefined);
  });

  it('reads name and version from what apt shows', () => {
    const shown = 'Package: a\nVersion: 1:2-3\nDescription: x\n Version: 9\n\nPackage: b\nVersion: 4\n\n';
    assert.deepEqual(parsePackages(shown), [
      { name: 'a', version: '1:2-3' },
      { name: 'b', version: '4' },
    ]);
  });

  it("turns the paths in Debian's makefiles into ones relative to the makefile", () => {
    const text =
      'KBUILD_OUTPUT=/usr/src/linux-headers-7-cloud\ninclude /usr/src/linux-headers-7-common/Makefile\n';
    assert.equal(
      relativeMakefile(text),
      'sources := $(dir $(lastword $(MAKEFILE_LIST)))..\n' +
        'KBUILD_OUTPUT=$(sources)/linux-headers-7-cloud\ninclude $(sources)/linux-headers-7-common/Makefile\n',
    );
  });

  it('finds the other packages that the headers need in their dependencies, as both series name them', () => {
    assert.deepEqual(
      headerPackages(
        'Package: x\nDepends: linux-headers-6.1.0-56-common (= 6.1.192-2), linux-kbuild-6.1 (>= 6.1.192-2), linux-compiler-gcc-12-x86\n',
        '6.1.0-56-cloud-amd64',
      ),
      ['linux-headers-6.1.0-56-cloud-amd64', 'linux-headers-6.1.0-56-common', 'linux-kbuild-6.1'],
    );
    assert.deepEqual(
      headerPackages(
        'Depends: linux-base, linux-headers-6.12.9+deb12-common (= 1), linux-image-6.12.9+deb12-cloud-amd64 (= 1) | x (= 1), linux-kbuild-6.12.9+deb12, gcc-12\n',
        '6.12.9+deb12-cloud-amd64',
      ),
      [
        'linux-headers-6.12.9+deb12-cloud-amd64',
        'linux-headers-6.12.9+deb12-common',
        'linux-kbuild-6.12.9+deb12',
      ],
    );
  });
});
