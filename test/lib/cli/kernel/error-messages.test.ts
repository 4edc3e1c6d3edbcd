import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { errorText } from '../../../../lib/cli/kernel/error-text.ts';
import type { System } from '../../../../lib/cli/system.ts';
import { SystemCallError } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';

const rules = '-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.1.0.1\n-A -t [fd00::55]:80\n';

/** Command lines and their error messages, on a kernel with these rules. */
const errorMessages: readonly (readonly [line: string, message: string])[] = [
  ['-A -t 10.0.0.1:70000', '-t 10.0.0.1:70000: port above 65535'],
  ['-a -t 10.0.0.1:80 -r 10.1.0.1:70000', '-r 10.1.0.1:70000: port above 65535'],
  [
    '-A -t fd00::55:80',
    '-t fd00::55:80: is an address without a port, which means every port and needs -p; with a port write [fd00::55]:80',
  ],
  [
    '-A -t fd00::55',
    '-t fd00::55: is an address without a port, which means every port and needs -p; with a port write [fd00::55]:PORT',
  ],
  [
    '-A -t 10.0.0.1',
    '-t 10.0.0.1: has no port, which means every port and needs -p; with a port write 10.0.0.1:PORT',
  ],
  ['-A -t 10.0.0.1:0', '-t 10.0.0.1:0: port 0 means every port and needs -p'],
  ['-A -t [fd00::55]80', '-t [fd00::55]80: brackets need a port after them; write [fd00::55]:80'],
  ['-A -t fe80::1%eth0', '-t fe80::1%eth0: an address with a zone (%) is not allowed'],
  ['-A -t [fe80::1%eth0]:80', '-t [fe80::1%eth0]:80: an address with a zone (%) is not allowed'],
  [
    '-A -t 10.0.0.2:80 -s wcl',
    '--scheduler wcl: the kernel has no scheduler wcl; did you mean wlc? (NEW_SERVICE: ENOENT)',
  ],
  [
    '-E -t 10.0.0.1:80 -s nonesuch',
    '--scheduler nonesuch: the kernel has no scheduler nonesuch; load it with: modprobe ip_vs_nonesuch (SET_SERVICE: ENOENT)',
  ],
  [
    '-A -t 10.0.0.2:80 -s rr -p --pe spi',
    '--scheduler rr or --pe spi: the kernel has no scheduler rr or no persistence engine spi; load it with: modprobe ip_vs_rr, modprobe ip_vs_pe_spi (NEW_SERVICE: ENOENT)',
  ],
  ['-A -t 10.0.0.1:80', '--add-service: service tcp 10.0.0.1:80 already exists (NEW_SERVICE: EEXIST)'],
  ['-D -t 10.0.0.9:80', 'no service tcp 10.0.0.9:80 (DEL_SERVICE: ESRCH)'],
  [
    '-a -t 10.0.0.9:80 -r 10.1.0.1',
    'no such service for destination 10.1.0.1:80 of service tcp 10.0.0.9:80 (NEW_DEST: ESRCH)',
  ],
  [
    '-e -t 10.0.0.1:80 -r 10.1.0.9',
    '--real-server: no destination 10.1.0.9:80 of service tcp 10.0.0.1:80 (SET_DEST: ENOENT)',
  ],
  ['-L -t 10.0.0.9:80', 'no service tcp 10.0.0.9:80 (GET_SERVICE: ESRCH)'],
  [
    '--start-daemon master --mcast-interface nosuch0',
    '--mcast-interface nosuch0: there is no network interface nosuch0 (NEW_DAEMON: ENODEV)',
  ],
  [
    '-a -t 10.0.0.1:80 -r 224.0.0.1',
    '--real-server: the address must be a unicast address and not link-local, the upper threshold must be at most 2147483647, ' +
      'a gue tunnel must have a port, and the address family must be that of the service, except with tunnelling ' +
      'while no sync daemon runs ' +
      '(NEW_DEST of destination 224.0.0.1:80 of service tcp 10.0.0.1:80 was refused: EINVAL)',
  ],
  ['--stop-daemon backup', '--stop-daemon backup: no such backup daemon runs (DEL_DAEMON: ESRCH)'],
  ['-A -t 10.0.0.2:80 --shceduler rr', '--shceduler: unknown option; did you mean --scheduler?'],
  ['-A -t 10.0.0.2:80 -s sh -b sh-prot', '-b sh-prot: no such flag; did you mean sh-port?'],
  ['aply x', 'aply: the first option must say what to do (see ipvs --help); did you mean apply?'],
  ['-c -n', '-c: the first option must say what to do (see ipvs --help); to list connections use -L -c'],
  [
    'connections',
    'connections: the first option must say what to do (see ipvs --help); to list connections use -L -c',
  ],
  ['-L --netns=', '--netns: needs the name or the path of a network namespace'],
  ['-L --fake --netns blue', '--fake: cannot be used with --netns'],
];

describe('error messages say what is wrong before they name commands and errors', () => {
  for (const [line, message] of errorMessages) {
    it(`ipvs ${line}`, async () => {
      const kernel = new FakeKernel();
      assert.equal((await runIpvs(kernel, '-R', { input: rules })).status, 0);
      const { status, output, errors } = await runIpvs(kernel, line, {
        overrides: { hostLookup: async () => assert.fail('a host is looked up') },
      });
      assert.ok(status > 0);
      assert.deepEqual([output, errors], ['', `ipvs: ${message}\n`]);
    });
  }

  it('and name the file, the namespace or the module that is missing', async () => {
    const kernel = new FakeKernel();
    const missing = await runIpvs(kernel, 'diff /nonexistent');
    assert.equal(missing.errors, 'ipvs: /nonexistent: no such file or directory (open: ENOENT)\n');
    const capture = await runIpvs(kernel, 'decode /nonexistent');
    assert.equal(capture.errors, 'ipvs: /nonexistent: no such file or directory (open: ENOENT)\n');
    const unloaded = await runIpvs(new FakeKernel({ loaded: false }), '-L');
    assert.equal(
      unloaded.errors,
      'ipvs: this kernel has no IPVS; load the module with: modprobe ip_vs (no generic netlink family IPVS)\n',
    );
    const namespace = new SystemCallError(
      'open',
      constants.errno.ENOENT,
      '/run/netns/x',
      'there is no such network namespace',
    );
    assert.equal(
      errorText(namespace, {} as System),
      'there is no such network namespace (open /run/netns/x failed: ENOENT)',
    );
  });
});

describe('a port that is not used', () => {
  const warning = (typed: string, port: number): string =>
    `${typed}: port ${port} is not used: without -m packets are sent to the service's port, 80\n`;

  it('is warned about where it is given', async () => {
    const kernel = new FakeKernel();
    await runIpvs(kernel, '-A -t 10.0.0.1:80');
    for (const [line, errors] of [
      ['-a -t 10.0.0.1:80 -r 10.1.0.1:8080', `ipvs: ${warning('-r', 8080)}`],
      ['-a -t 10.0.0.1:80 --real-server 10.1.0.2:8080 -i', `ipvs: ${warning('--real-server', 8080)}`],
      ['-e -t 10.0.0.1:80 -r 10.1.0.1:8081 -g', `ipvs: ${warning('-r', 8081)}`],
      ['-a -t 10.0.0.1:80 -r 10.1.0.3:80', ''],
      ['-a -r 10.1.0.4 -t 10.0.0.1:80', ''],
      ['-a -t 10.0.0.1:80 -r 10.1.0.5:8080 -m', ''],
      ['-A -f 5', ''],
      ['-a -f 5 -r 10.1.0.5:8080', ''],
      ['-d -t 10.0.0.1:80 -r 10.1.0.5:8080', ''],
    ] as const) {
      const run = await runIpvs(kernel, line);
      assert.deepEqual([run.status, run.errors], [0, errors], line);
    }
  });

  it('is warned about with its line number in a file of rules', async () => {
    const input = '-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -g\n';
    for (const line of ['-R --check', '-R']) {
      const run = await runIpvs(new FakeKernel(), line, { input });
      assert.deepEqual([run.status, run.errors], [0, `ipvs: line 2: ${warning('-r', 8080)}`]);
    }
  });
});
