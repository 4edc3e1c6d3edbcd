import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { System } from '../../../../lib/cli/system.ts';
import { UnixDatagram } from '../../../../lib/netlink/socket/unix-datagram.ts';
import { LockedError } from '../../../../lib/reconciler/namespace-lock.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { connect } from '../../ipvs/plan/tables.ts';
import { stateText } from '../../ipvs/source/states.ts';
import { withShorterTimers } from '../../shorten-timers.ts';
import { type Run, runIpvs } from '../run-ipvs.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvs-reconcile-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  // As an operator should: renamed over what is there.
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  return path;
}

function ports(kernel: FakeKernel): number[] {
  const services = connect(kernel).services() as unknown as { port: number }[];
  return services.map(({ port }) => port).sort((one, other) => one - other);
}

async function until(holds: () => boolean, what: () => string): Promise<void> {
  for (const limit = Date.now() + 120_000; !holds(); await delay(5))
    assert.ok(Date.now() < limit, `timed out: ${what()}`);
}

/** A running `ipvs reconcile`. */
class RunningCommand {
  errors = '';
  readonly ended: Promise<Run>;

  constructor(kernel: FakeKernel, words: readonly string[], overrides: Partial<System> = {}) {
    const writeError = (line: string): void => {
      this.errors += `${line}\n`;
    };
    this.ended = runIpvs(kernel, ['reconcile', ...words], { overrides: { writeError, ...overrides } });
  }

  /** Waits until it has written this to standard error. */
  async untilPrinted(text: string | RegExp): Promise<void> {
    const holds = (): boolean =>
      typeof text === 'string' ? this.errors.includes(text) : text.test(this.errors);
    await until(holds, () => `${text}\n${this.errors}`);
  }

  /** Makes the process act as if it had received a signal. */
  signal(signal: NodeJS.Signals): void {
    process.emit(signal);
  }

  async stop(): Promise<number> {
    this.signal('SIGTERM');
    return (await this.ended).status;
  }
}

describe('ipvs reconcile --once', () => {
  withShorterTimers();

  it('makes the table and the timeouts as desired, shows how, and is silent when there is nothing to do', async () => {
    const kernel = new FakeKernel();
    const desired = file('once.yaml', `{"timeouts": {"tcp": 600}, ${stateText(1).slice(1)}`);
    const line = ['reconcile', '--once', desired];
    const shown =
      '+ tcp 10.0.0.1:1 scheduler=rr\n    + 10.1.0.1:1 forwarding=masq weight=1\n~ timeouts tcp=900->600\n';
    const dry = await runIpvs(kernel, [...line, '--dry-run']);
    assert.deepEqual([dry.status, dry.output, dry.errors], [1, shown, '']);
    assert.deepEqual([ports(kernel), connect(kernel).timeouts().tcp], [[], 900]);
    const done = await runIpvs(kernel, line);
    assert.deepEqual([done.status, done.output, done.errors], [0, shown, '']);
    assert.deepEqual([ports(kernel), connect(kernel).timeouts().tcp], [[1], 600]);
    for (const words of [line, [...line, '--dry-run']]) {
      const again = await runIpvs(kernel, words);
      assert.deepEqual([again.status, again.output, again.errors], [0, '', ''], words.join(' '));
    }
  });

  it('changes nothing for a source that is missing, malformed, empty or removes too much, and says why', async () => {
    const kernel = new FakeKernel();
    assert.equal(
      (await runIpvs(kernel, ['reconcile', '--once', file('all.json', stateText(1, 2, 3))])).status,
      0,
    );
    const refusal =
      /^ipvs: the desired state would remove 2 of 3 services .*; if that is meant, add --allow-removal any\n$/;
    const empty =
      /^ipvs: the desired state has no service, .*; if that is intended, use ipvs apply --allow-removal any\n$/;
    for (const [words, message] of [
      [[join(folder, 'none.yaml')], /none\.yaml: no such file or directory \(stat: ENOENT\)\n$/],
      [[file('cut.json', stateText(1).slice(0, -9))], /^ipvs: .*cut\.json:1:\d+: .*\n$/],
      [
        [file('field.yaml', stateText(1).replace('"port"', '"prot"'))],
        /services\[0\]\.prot is not a field; did you mean port/,
      ],
      [[file('most.json', stateText(1))], refusal],
      [[file('empty.json', '{"services": []}')], empty],
      [[file('empty.json', '{"services": []}'), '--allow-removal', 'any'], empty],
    ] as const) {
      const { status, output, errors } = await runIpvs(kernel, ['reconcile', '--once', ...words]);
      assert.deepEqual([status, output], [2, ''], errors);
      assert.match(errors, message);
      assert.deepEqual(ports(kernel), [1, 2, 3]);
    }
    const allowed = await runIpvs(kernel, [
      'reconcile',
      '--once',
      '--allow-removal',
      '67',
      join(folder, 'most.json'),
    ]);
    assert.deepEqual([allowed.status, ports(kernel)], [0, [1]]);
  });

  it('says what the kernel refuses, with status 1', async () => {
    const wrong = file('scheduler.json', stateText(1, 2).replace('"rr"', '"wcl"'));
    const kernel = new FakeKernel();
    const { status, errors } = await runIpvs(kernel, ['reconcile', '--once', wrong]);
    assert.deepEqual([status, ports(kernel)], [1, [2]]);
    assert.match(errors, /ADD_SERVICE: ENOENT.*wcl|wcl.*ENOENT/s);
  });

  it('leaves alone what it does not own, and says which desired services it leaves out', async () => {
    const kernel = new FakeKernel();
    await runIpvs(kernel, ['reconcile', '--once', file('others.json', stateText(8, 9))]);
    const line = ['reconcile', '--once', file('ours.json', stateText(1, 9)), '--own', 'tcp:10.0.0.0/24:1-5'];
    const { status, errors } = await runIpvs(kernel, line);
    assert.deepEqual([status, ports(kernel)], [0, [1, 8, 9]]);
    assert.equal(errors, 'ipvs: 1 desired service outside of what is managed: tcp 10.0.0.1:9\n');
  });
});

describe('ipvs reconcile', () => {
  withShorterTimers();

  it('refuses a wrong command line, says why, and touches nothing', async () => {
    const desired = file('desired.json', stateText(1));
    const help = ' (see ipvs reconcile --help)';
    for (const [words, message] of [
      [[], `reconcile: needs a file, a directory, or etcd:KEY${help}`],
      [[desired, 'b'], `b: unexpected with reconcile${help}`],
      [['-'], '-: reconcile needs a file, a directory or etcd:KEY'],
      [
        ['http://x/a.yaml'],
        'http://x/a.yaml: reconcile needs a file, a directory or etcd:KEY; fetch it into a file that is replaced as a whole',
      ],
      [
        ['etcd://x:2379/a'],
        'etcd://x:2379/a: must be written as etcd:KEY; the endpoints are given with --endpoints',
      ],
      [['etcd:'], 'etcd: needs a key, or a prefix that ends in /'],
      [[desired, '--endpoints', 'http://x:1'], '--endpoints: is for a source in etcd, as etcd:KEY'],
      [['etcd:/a', '--cert', 'x'], '--cert: needs --key as well'],
      [['etcd:/a', '--key', 'x'], '--key: needs --cert as well'],
      [['etcd:/a', '--user', 'x'], '--user: needs --password-file as well'],
      [
        ['etcd:/a', '--endpoints', '127.0.0.1:2379'],
        '--endpoints 127.0.0.1:2379: must be URLs such as https://192.0.2.11:2379',
      ],
      [[desired, '--state', desired], `--state ${desired}: must be neither the source nor a file in it`],
      [
        [folder, '--state', join(folder, 'a.json')],
        `--state ${join(folder, 'a.json')}: must be neither the source nor a file in it`,
      ],
      [[desired, '--period', '0'], '--period 0: must be 1 or more'],
      [[desired, '--period', 'x'], `--period x: must be a whole number of seconds${help}`],
      [[desired, '--drain', '-1'], `--drain -1: must be a whole number of seconds${help}`],
      [
        [desired, '--drain', '1000000000'],
        `--drain 1000000000: must be a whole number of seconds below 1000000000${help}`,
      ],
      [[desired, '--log', 'xml'], `--log xml: must be text or json${help}`],
      [
        [desired, '--allow-removal', '101'],
        '--allow-removal 101: must be any, or a percentage from 0 to 100',
      ],
      [[desired, '--onec'], `--onec: unknown option; did you mean --once?${help}`],
      [[desired, '--listen', 'x:y'], undefined],
      [[desired, '--own', '10.0.0.0/33'], undefined],
    ] as const) {
      const { status, output, errors, sent } = await runIpvs(new FakeKernel(), ['reconcile', ...words]);
      assert.deepEqual([status, output, sent], [2, '', 0], words.join(' '));
      if (message !== undefined) assert.equal(errors, `ipvs: ${message}\n`);
      else assert.match(errors, new RegExp(`^ipvs: ${words[1]} ${words[2]}: must be [^\n]+\n$`));
    }
  });

  it('is refused beside another one, and a dry run is not', async () => {
    const desired = file('locked.json', stateText(1));
    const overrides: Partial<System> = {
      lockNamespace: async (netns) => {
        throw new LockedError(netns);
      },
    };
    const { status, errors, sent } = await runIpvs(new FakeKernel(), ['reconcile', desired], { overrides });
    assert.deepEqual([status, sent], [2, 0]);
    assert.match(errors, /^ipvs: another ipvs reconcile runs in this network namespace; .*ss -xap/);
    const named = await runIpvs(new FakeKernel(), ['--netns', 'blue', 'reconcile', desired], { overrides });
    assert.match(named.errors, /another ipvs reconcile runs in (\S*blue); .* nsenter --net=\1 ss -xap shows/);
    const dry = await runIpvs(new FakeKernel(), ['reconcile', '--once', '--dry-run', desired], { overrides });
    assert.equal(dry.status, 1);
  });

  it('follows a file, says what it does, confirms a large removal by SIGUSR2, and ends by SIGTERM', async () => {
    const kernel = new FakeKernel();
    const desired = file('followed.json', stateText(1, 2, 3));
    const state = join(folder, 'state.json');
    const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'];
    // Newer versions of Node listen to SIGUSR2 themselves while they run tests.
    const listeners = signals.map((signal) => process.listenerCount(signal));
    const running = new RunningCommand(kernel, [desired, '--state', state, '--listen', '0']);
    await running.untilPrinted(/Z a desired state of 3 services from .*followed\.json\n/);
    await running.untilPrinted(
      '3 services to add: tcp 10.0.0.1:1, tcp 10.0.0.1:2, tcp 10.0.0.1:3 (6 changes)\n',
    );
    await running.untilPrinted('the table is in the desired state after 6 changes\n');
    const base = /serving (http:\S+)\/metrics and \/healthz\n/.exec(running.errors)![1];
    assert.match(await (await fetch(`${base}/metrics`)).text(), /^ipvs_reconcile_in_sync 1$/m);
    const health = await fetch(`${base}/healthz`);
    assert.deepEqual([health.status, await health.text()], [200, 'all 3 services match the desired state\n']);
    running.signal('SIGUSR2');
    await running.untilPrinted('warning: no desired state is waiting for confirmation\n');
    file('followed.json', stateText(1));
    await running.untilPrinted(/error: the desired state would remove 2 of 3 services /);
    await running.untilPrinted(
      `warning: this state is waiting for confirmation: kill -USR2 ${process.pid}\n`,
    );
    assert.deepEqual(ports(kernel), [1, 2, 3]);
    running.signal('SIGUSR2');
    await running.untilPrinted('the desired state that was waiting is confirmed\n');
    await until(
      () => ports(kernel).length === 1,
      () => 'the removal',
    );
    file('followed.json', '{');
    await running.untilPrinted(/error: .*followed\.json:1:2: /);
    assert.equal(await running.stop(), 0);
    assert.deepEqual(ports(kernel), [1]);
    assert.equal(JSON.parse(readFileSync(state, 'utf8')).last.services.length, 1);
    await assert.rejects(fetch(`${base}/healthz`), 'nobody listens any more');
    assert.deepEqual(
      signals.map((signal) => process.listenerCount(signal)),
      listeners,
    );
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.new')),
      [],
    );
  });

  it('reads the source again at SIGHUP, and writes its log as JSON if asked', async () => {
    const desired = file('hup.json', stateText(1));
    const running = new RunningCommand(new FakeKernel(), [desired, '--log', 'json']);
    await running.untilPrinted('"event":"applied"');
    running.signal('SIGHUP');
    await until(
      () => running.errors.split('"event":"desired"').length === 3,
      () => running.errors,
    );
    assert.equal(await running.stop(), 0);
    for (const line of running.errors.trim().split('\n')) {
      const { time, level, event, message } = JSON.parse(line);
      assert.ok(
        [time, level, event, message].every((value) => typeof value === 'string'),
        line,
      );
    }
  });

  it('notifies systemd that it is ready once, and at the end of each reload, whatever its result', async (t) => {
    const name = `@ipvs-netlink/test-${process.pid}`;
    const manager = UnixDatagram.bind(name);
    process.env.NOTIFY_SOCKET = name;
    t.after(() => {
      delete process.env.NOTIFY_SOCKET;
      manager.close();
    });
    const notifications: string[] = [];
    const untilNotified = (sequence: string): Promise<void> =>
      until(
        () => {
          for (let text = manager.receive(); text !== undefined; text = manager.receive())
            if (/^(READY|RELOADING|STOPPING)/.test(`${text}`)) notifications.push(`${text}`.split('=')[0]!);
          return notifications.join(' ') === sequence;
        },
        () => notifications.join(' '),
      );
    const kernel = new FakeKernel();
    const running = new RunningCommand(kernel, [
      file('notified.json', stateText(1, 2, 3)),
      '--period',
      '3600',
    ]);
    await untilNotified('READY');
    let expected = 'READY';
    for (const text of [stateText(), stateText(1), '{"services": [', stateText(1, 2)]) {
      file('notified.json', text);
      running.signal('SIGHUP');
      expected += ' RELOADING READY';
      await untilNotified(expected);
    }
    assert.equal(await running.stop(), 0);
    await untilNotified(`${expected} STOPPING`);
  });

  it('goes on where it cannot save, names the file, and says if the table is already as desired', async () => {
    const kernel = new FakeKernel();
    const desired = file('unsaved.json', stateText(1));
    await runIpvs(kernel, ['reconcile', '--once', desired]);
    const state = join(folder, 'none', 'state.json');
    const running = new RunningCommand(kernel, [desired, '--state', state, '--listen', '0']);
    await running.untilPrinted('Z the table is in the desired state already\n');
    rmSync(desired);
    await running.untilPrinted(`error: ${desired}: no such file or directory (stat: ENOENT)\n`);
    const base = /serving (http:\S+)\/metrics and \/healthz\n/.exec(running.errors)![1];
    const health = await (await fetch(`${base}/healthz`)).text();
    assert.equal(
      health,
      `1 service matches the desired state; source: ${desired}: no such file or directory (stat: ENOENT)\n`,
    );
    file('unsaved.json', stateText(1, 2));
    await running.untilPrinted(
      `error: drains and the last good state are not saved: ${state}: no such file or directory (open: ENOENT)\n`,
    );
    await running.untilPrinted('the table is in the desired state after 2 changes\n');
    assert.equal(await running.stop(), 0);
    assert.equal(running.errors.split(' already\n').length, 2);
  });

  it('ends where it cannot listen, before it changes anything', async () => {
    const untouched = new FakeKernel();
    const kernel = new FakeKernel();
    const running = new RunningCommand(kernel, [file('port.json', stateText(1)), '--listen', '0']);
    await running.untilPrinted('serving http://');
    const port = /:(\d+)\/metrics/.exec(running.errors)![1]!;
    const second = await runIpvs(untouched, ['reconcile', join(folder, 'port.json'), '--listen', port]);
    assert.deepEqual([second.status, second.output, ports(untouched)], [2, '', []]);
    assert.match(
      second.errors,
      /^ipvs: --listen 127\.0\.0\.1:\d+: listen EADDRINUSE: address already in use\n$/,
    );
    assert.equal(await running.stop(), 0);
  });
});
