import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { badCommandLines, goodCommandLines, refusedCommandLines } from './command-lines.ts';
import { runIpvs } from './run-ipvs.ts';

const UNUSED_PORT_WARNING =
  "-r: port 8080 is not used: without -m packets are sent to the service's port, 80";

async function kernelWithTable(): Promise<FakeKernel> {
  const kernel = new FakeKernel();
  const input = '-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.1.0.1\n';
  assert.equal((await runIpvs(kernel, '-R', { input })).status, 0);
  return kernel;
}

describe('bad command lines', () => {
  assert.ok(badCommandLines.length >= 60);
  const kernel = new FakeKernel();

  for (const [status, line, messageStart] of badCommandLines) {
    it(`ipvs ${line.join(' ')}`, async () => {
      const run = await runIpvs(kernel, line);
      assert.equal(run.status, status);
      assert.equal(run.output, '');
      assert.equal(run.sent, 0, 'nothing is sent');
      assert.match(run.errors, /^ipvs: [^\n]+\n$/, 'one line');
      assert.ok(
        run.errors.startsWith(`ipvs: ${messageStart}`),
        `${run.errors.trim()} begins with ${messageStart}`,
      );
    });
  }
});

describe('command lines that the kernel refuses', () => {
  for (const [status, line, messagePart] of refusedCommandLines) {
    it(`ipvs ${line.join(' ')}`, async () => {
      const kernel = await kernelWithTable();
      const before = (await runIpvs(kernel, '-Sn --lossless')).output;
      const run = await runIpvs(kernel, line);
      assert.equal(run.status, status, run.errors);
      assert.equal(run.output, '');
      assert.match(run.errors, /^ipvs: [^\n]+\n$/);
      assert.ok(run.errors.includes(messagePart), `${run.errors.trim()} contains ${messagePart}`);
      assert.equal((await runIpvs(kernel, '-Sn --lossless')).output, before);
    });
  }
});

describe('good command lines', () => {
  it('are all executed, one after the other', async () => {
    const kernel = await kernelWithTable();
    for (const [status, line] of goodCommandLines) {
      const run = await runIpvs(kernel, line);
      assert.equal(run.status, status, `${line.join(' ')}: ${run.errors}`);
      const isWarned = line.join(' ') === '-a -t 10.0.0.1:80 -r 10.1.0.4:8080';
      assert.equal(run.errors, isWarned ? `ipvs: ${UNUSED_PORT_WARNING}\n` : '');
    }
  });

  it('may begin with options that all of them take', async () => {
    const kernel = await kernelWithTable();
    const listed = await runIpvs(kernel, '-Ln');
    for (const line of ['--per-service -Ln', '--compat -L -n', '--netns /run/netns/a --per-service -Ln'])
      assert.equal((await runIpvs(kernel, line)).output, listed.output);
    assert.equal((await runIpvs(kernel, '--compat')).output, (await runIpvs(kernel, '')).output);
  });

  it('take names of hosts and ports, and IPv6 names in brackets', async () => {
    const kernel = new FakeKernel();
    const hosts = {
      'www.example': ['10.0.0.1'],
      'six.example': ['2001:db8::6'],
      'real.example': ['10.1.0.1'],
    };
    for (const line of [
      '-A -t www.example:http',
      '-a -t www.example:http -r real.example:443 -m',
      '-A -t [six.example]:https',
    ]) {
      const run = await runIpvs(kernel, line, { hosts });
      assert.deepEqual([run.status, run.errors], [0, '']);
    }
    assert.equal(
      (await runIpvs(kernel, '-Sn')).output,
      '-A -t 10.0.0.1:80 -s wlc\n-a -t 10.0.0.1:80 -r 10.1.0.1:443 -m -w 1\n-A -t [2001:db8::6]:443 -s wlc\n',
    );
    const listed = await runIpvs(kernel, '-L', { hosts });
    assert.match(listed.output, /^TCP {2}www\.example:http wlc\n {2}-> real\.example:https {11}Masq/m);
    assert.match(listed.output, /^TCP {2}\[six\.example\]:https wlc$/m);
  });

  it('cut long names where ipvsadm does', async () => {
    const kernel = new FakeKernel();
    const long = `${'a'.repeat(40)}.${'b'.repeat(40)}.example`;
    const hosts = { [long]: ['10.0.0.1'] };
    await runIpvs(kernel, '-R', { input: '-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.0.0.1' });
    const { output } = await runIpvs(kernel, '-L', { hosts });
    assert.ok(output.includes(`\nTCP  ${'a'.repeat(28)} wlc\n`));
    assert.ok(output.includes(`\n  -> ${'a'.repeat(28)} Route   1      0          0         \n`));
    const compat = await runIpvs(kernel, '-S --compat', { hosts });
    assert.ok(compat.output.startsWith(`-A -t ${long.slice(0, 59)} -s wlc\n`));
    const saved = await runIpvs(kernel, '-S', { hosts });
    assert.ok(saved.output.startsWith('-A -t 10.0.0.1:80 -s wlc\n'), 'a truncated name is not saved');
  });
});

describe('problems outside the command line', () => {
  it('are distinguished: no module, no privilege, a closed output', async () => {
    const missing = await runIpvs(new FakeKernel({ loaded: false }), '-Ln');
    assert.equal(missing.status, 2);
    assert.match(missing.errors, /^ipvs: .*modprobe ip_vs.*\n$/);
    assert.equal(missing.sent, 1, 'nothing is tried again without the module');
    const kernel = new FakeKernel({ loaded: false });
    const loaded = await runIpvs(kernel, '-A -t 10.0.0.1:80', {
      overrides: {
        loadModule: async () => {
          kernel.loadModule();
          return true;
        },
      },
    });
    assert.equal(loaded.status, 0, 'the module is loaded when it is missing');
    assert.equal(kernel.state.serviceCount, 1);
    const unprivileged = new FakeKernel({ socket: { privileged: false } });
    for (const line of ['-Ln', '-A -t 10.0.0.1:80', '-Sn']) {
      const run = await runIpvs(unprivileged, line);
      assert.deepEqual([run.status, run.output], [2, '']);
      assert.match(run.errors, /^ipvs: not permitted to use IPVS: run as root \([A-Z_]+: EPERM\)\n$/);
    }
    for (const [missingPrivilege, message] of [
      ['initial-user-namespace', /^ipvs: not permitted to use IPVS from this user namespace/],
      ['capability', /^ipvs: not permitted to use IPVS: this process lacks CAP_NET_ADMIN/],
    ] as const) {
      const overrides = { missingPrivilege: () => missingPrivilege };
      const run = await runIpvs(unprivileged, '-Ln', { overrides });
      assert.match(run.errors, message);
      const info = await runIpvs(unprivileged, 'info', { overrides });
      assert.doesNotMatch(info.output, /run (it )?as root/);
    }
    const { OutputClosed } = await import('../../../lib/cli/system.ts');
    const closed = await runIpvs(new FakeKernel(), '-Ln', {
      overrides: {
        write: () => {
          throw new OutputClosed();
        },
      },
    });
    assert.deepEqual([closed.status, closed.errors], [141, '']);
  });

  it('are handled by the commands about a desired state as well', async () => {
    const kernel = await kernelWithTable();
    const exported = await runIpvs(kernel, 'export --format json');
    assert.equal(exported.status, 0, exported.errors);
    assert.match(exported.output, /10\.0\.0\.1/);
    const { OutputClosed } = await import('../../../lib/cli/system.ts');
    const write = (): void => {
      throw new OutputClosed();
    };
    const closed = await runIpvs(kernel, 'export', { overrides: { write } });
    assert.deepEqual([closed.status, closed.errors], [141, '']);
    assert.equal((await runIpvs(kernel, 'diff /nonexistent.yaml')).status, 2);
    assert.equal((await runIpvs(kernel, 'apply')).status, 2);
  });

  it('are shown by info, with the state of IPVS', async () => {
    const kernel = await kernelWithTable();
    const run = await runIpvs(kernel, 'info');
    assert.equal(run.status, 0);
    assert.match(run.output, /^Kernel: +\S+\nIPVS: +1\.2\.1\nConnection table: 4096 buckets\n/);
    assert.match(run.output, /Table: +1 services, 1 destinations\nSingle dump: +no/);
    const single = new FakeKernel({ singleDump: 'nested' });
    assert.match((await runIpvs(single, 'info')).output, /Single dump: +yes/);
    const missing = await runIpvs(new FakeKernel({ loaded: false }), 'info --json');
    assert.equal(missing.status, 2);
    const found = JSON.parse(missing.output);
    assert.match(found.problem, /IPVS/);
    assert.ok(found.remedy.length > 0);
  });
});
