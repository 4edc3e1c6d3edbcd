import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { refusedRules } from '../command-lines.ts';
import { runIpvs } from '../run-ipvs.ts';

async function restore(kernel: FakeKernel, input: string, options = '') {
  const run = await runIpvs(kernel, `-R ${options}`, { input });
  return { ...run, saved: (await runIpvs(kernel, '-Sn --lossless')).output.replace(/^--set .*\n/m, '') };
}

describe('-R', () => {
  it('takes what ipvsadm takes: the word ipvsadm before a rule, blanks, tabs, empty lines and carriage returns', async () => {
    const kernel = new FakeKernel();
    const { status, saved } = await restore(
      kernel,
      '\n  \nipvsadm -A -t 10.0.0.1:1 -s rr\r\n-A   -t\t10.0.0.1:2   \n# a comment\n/sbin/ipvsadm -a -t 10.0.0.1:2 -r 10.1.0.1 -m',
    );
    assert.equal(status, 0);
    assert.equal(
      saved,
      '-A -t 10.0.0.1:1 -s rr\n-A -t 10.0.0.1:2 -s wlc\n-a -t 10.0.0.1:2 -r 10.1.0.1:2 -m -w 1\n',
    );
  });

  it('takes the marks and flags that ipvsadm saves and cannot load itself', async () => {
    const { status, saved } = await restore(
      new FakeKernel(),
      '-A -f -1 -s wlc\n-a -f -1 -r 10.1.0.1:0 -g -w 1\n-A -t 10.0.0.1:1 -s sh -b \n',
    );
    assert.equal(status, 0);
    assert.match(saved, /^-A -f 4294967295 -s wlc$/m);
    assert.match(saved, /^-A -t 10\.0\.0\.1:1 -s sh$/m);
  });

  it('reports every bad line with its number and changes nothing', async () => {
    const lines = Array.from({ length: 50 }, (_, index) => `-A -t 10.0.0.1:${index + 1}`);
    lines[9] = '-A -t 10.0.0.1:70000';
    lines[19] = '-a -t 10.0.0.1:1 -r 10.1.0.1 -x 10 -y 20';
    lines.push('-A -f 0');
    const { status, saved, errors, sent } = await restore(new FakeKernel(), lines.join('\n'));
    assert.equal(status, 2);
    assert.equal(saved, '');
    assert.equal(sent, 0);
    assert.deepEqual(
      errors.split('\n').map((line) => line.slice(0, 33)),
      [
        'ipvs: line 10: -t 10.0.0.1:70000:',
        'ipvs: line 20: --l-threshold must',
        'ipvs: line 51: -f 0: must be a ma',
        '',
      ],
    );
  });

  it('leaves bad lines out with --keep-going, and still says so', async () => {
    const { status, saved, errors } = await restore(
      new FakeKernel(),
      '-A -t 10.0.0.1:1\nnonsense\n-A -t 10.0.0.1:2\n',
      '--keep-going',
    );
    assert.equal(status, 255);
    assert.equal(saved, '-A -t 10.0.0.1:1 -s wlc\n-A -t 10.0.0.1:2 -s wlc\n');
    assert.match(errors, /^ipvs: line 2: nonsense: [^\n]+\n$/);
  });

  it('changes nothing with --check', async () => {
    for (const [input, expected] of [
      ['-A -t 10.0.0.1:1\n', 0],
      ['-A -t 10.0.0.1:1\n-A -x 3\n', 2],
    ] as const) {
      const { status, saved, sent } = await restore(new FakeKernel(), input, '--check');
      assert.deepEqual([status, saved, sent], [expected, '', 0]);
    }
  });

  it('reports what the kernel refuses by line, and goes on', async () => {
    const { status, saved, errors } = await restore(
      new FakeKernel(),
      '-A -t 10.0.0.1:1\n-A -t 10.0.0.1:1\n-A -t 10.0.0.1:2 -s nosuch\n-A -t 10.0.0.1:3\n',
    );
    assert.equal(status, 255);
    assert.equal(saved, '-A -t 10.0.0.1:1 -s wlc\n-A -t 10.0.0.1:3 -s wlc\n');
    assert.match(
      errors,
      /^ipvs: line 2: --add-service: service tcp 10\.0\.0\.1:1 already exists \(NEW_SERVICE: EEXIST\)\nipvs: line 3: --scheduler nosuch: [^\n]+\n$/,
    );
    const compat = await restore(new FakeKernel(), '-A -t 10.0.0.1:1\n-A -t 10.0.0.1:1\n-C\n', '--compat');
    assert.equal(compat.status, 0, "with --compat only the last line's outcome counts");
  });

  it('applies thousands of lines in few datagrams', async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => [
      `-A -t 10.0.0.1:${index + 1}`,
      `-a -t 10.0.0.1:${index + 1} -r 10.1.0.1:1 -m`,
    ]).flat();
    const kernel = new FakeKernel();
    const run = await runIpvs(kernel, '-R', { input: lines.join('\n') });
    assert.equal(run.status, 0);
    assert.equal(kernel.state.serviceCount, 1000);
    assert.ok(run.sent <= 40, `${run.sent} datagrams`);
  });

  it('lists the table between changes, where a line asks for it', async () => {
    const input = '-A -t 10.0.0.1:1\n-Sn\n-C\n-A -t 10.0.0.1:2\n-Sn\n';
    const { output, status } = await runIpvs(new FakeKernel(), '-R', { input });
    assert.equal(status, 0);
    assert.equal(output, '-A -t 10.0.0.1:1 -s wlc\n-A -t 10.0.0.1:2 -s wlc\n');
  });

  it('looks up every name of the file once', async () => {
    const lookedUp: string[] = [];
    const input = '-A -t www:80\n-a -t www:80 -r real1 -m\n-a -t www:80 -r real2 -m\n';
    const addresses: Record<string, string> = { www: '10.0.0.1', real1: '10.1.0.1', real2: '10.1.0.2' };
    const kernel = new FakeKernel();
    const run = await runIpvs(kernel, '-R', {
      input,
      overrides: {
        hostLookup: async () => ({
          addressOf: async (host) => {
            lookedUp.push(host);
            return addresses[host];
          },
          nameOf: async () => undefined,
          cancel: () => {},
        }),
      },
    });
    assert.deepEqual([run.status, run.errors], [0, '']);
    assert.deepEqual([...new Set(lookedUp)].sort(), ['real1', 'real2', 'www']);
  });
});

describe('-R with JSON', () => {
  it('refuses all of it for one error, and changes nothing with --check', async () => {
    const kernel = new FakeKernel();
    const service = { mark: 5, scheduler: 'rr', destinations: [] };
    const good = JSON.stringify({ services: [service] });
    const bad = JSON.stringify({ services: [service, { mark: 6, schedular: 'rr', destinations: [] }] });
    const refused = await runIpvs(kernel, '-R', { input: bad });
    assert.deepEqual([refused.status, refused.sent], [2, 0]);
    assert.match(
      refused.errors,
      /^ipvs: standard input:1:\d+: services\[1\]\.scheduler is missing\nipvs: [^\n]+\n$/,
    );
    const checked = await runIpvs(kernel, '-R --check', { input: good });
    assert.deepEqual([checked.status, checked.sent, checked.errors], [0, 0, '']);
    assert.equal((await runIpvs(kernel, '-R', { input: ` \n${good}` })).status, 0);
    const again = await runIpvs(kernel, '-R', { input: good });
    assert.equal(again.status, 255);
    assert.equal(again.errors, 'ipvs: service mark 5 already exists (NEW_SERVICE: EEXIST)\n');
  });
});

describe('what ipvsadm refuses', () => {
  for (const [rule, messageStart] of refusedRules) {
    it(`is refused by -R as well: ${rule}`, async () => {
      for (const options of ['', '--compat']) {
        const { status, saved, errors } = await restore(
          new FakeKernel(),
          `-A -t 10.0.0.1:1\n${rule}\n`,
          options,
        );
        assert.deepEqual([status, saved], [2, '']);
        assert.ok(errors.startsWith(`ipvs: line 2: ${messageStart}`), errors);
      }
    });
  }

  it('is saved with a warning if it is in a table, and restored from JSON', async () => {
    const kernel = new FakeKernel({ singleDump: 'none' });
    const client = IpvsSync.open({ transport: kernel.connect() });
    const service = { protocol: 'tcp' as const, address: '10.0.0.1', scheduler: 'rr' };
    client.addService({ ...service, port: 1, onePacket: true });
    client.addService({ ...service, port: 2, persistence: { timeout: 0 } });
    client.addService({ ...service, port: 0 });
    client.addService({ ...service, port: 3, protocol: 47 });
    client.addService({ ...service, port: 53, protocol: 'udp', onePacket: true });
    for (const line of ['-Sn', '-Sn --per-service', '-Sn --compat']) {
      const saved = await runIpvs(kernel, line);
      assert.equal(saved.status, 0);
      assert.deepEqual(
        saved.errors
          .split('\n')
          .map((text) => / service (.*): -R will reject/.exec(text)?.[1])
          .sort(),
        ['protocol 47 10.0.0.1:3', 'tcp 10.0.0.1:0', 'tcp 10.0.0.1:1', 'tcp 10.0.0.1:2', undefined],
      );
    }
    const other = new FakeKernel();
    const json = await runIpvs(kernel, '-S --json');
    assert.equal((await runIpvs(other, '-R', { input: json.output })).status, 0);
    assert.equal(other.state.serviceCount, 5);
  });
});
