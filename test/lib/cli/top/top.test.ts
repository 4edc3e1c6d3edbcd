import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { OutputClosed } from '../../../../lib/cli/system.ts';
import type { FakeKernel } from '../../../../lib/testing/index.ts';
import { destinationValues, serviceValues } from '../../../../protocol/index.ts';
import { type Run, runIpvs } from '../run-ipvs.ts';
import { exampleServices, fill, kernelWith } from './example-services.ts';
import { FakeScreen } from './fake-screen.ts';

const web = serviceValues({ protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc' });
const server = (address: string, weight = 1) =>
  destinationValues({ address, port: 8080, forwarding: 'masq', weight });

/** `ipvs top` at a terminal. */
class Session {
  readonly screen: FakeScreen;
  readonly kernel: FakeKernel;
  readonly run: Promise<Run>;
  readonly #context: TestContext;

  constructor(context: TestContext, words = 'top', size: readonly [number, number] = [90, 10]) {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    this.#context = context;
    this.kernel = kernelWith(exampleServices);
    this.screen = new FakeScreen(...size);
    this.run = runIpvs(this.kernel, words, {
      overrides: { screen: async () => this.screen, isTerminal: async () => true },
    });
  }

  async started(): Promise<void> {
    while (!this.screen.isStarted) await new Promise(setImmediate);
  }

  /** Advances the mocked clock, and lets the timers that are due run. */
  async wait(seconds: number): Promise<void> {
    this.#context.mock.timers.tick(seconds * 1000);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  }

  async press(...keys: readonly string[]): Promise<void> {
    this.screen.press(...keys);
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  }

  /** The names in the rows; the selected one after a >. */
  get rows(): string[] {
    return this.screen.lines
      .slice(3, -1)
      .filter((line) => line !== '')
      .map((line) => /^([> ]) (?:\S+ +(?=[[\d]))?(\S+)/.exec(line)!.slice(1).join('').trim());
  }

  async quit(): Promise<Run> {
    this.screen.press('q');
    assert.ok((await this.run) && this.screen.isStopped);
    return await this.run;
  }
}

const TLS = '[2001:db8::1]:443';
const WEB = '192.0.2.1:80';
const DNS = '192.0.2.1:53';

describe('ipvs top at a terminal', () => {
  it('updates the table every two seconds', async (context) => {
    const session = new Session(context);
    await session.started();
    assert.deepEqual(session.rows, [`>${TLS}`, WEB, DNS, '6', '7']);
    const { writes } = session.screen;
    assert.equal(writes.length, 1, 'a frame is one write');
    session.kernel.state.setConnections(web, server('198.51.100.1'), {
      active: 500,
      inactive: 0,
      persistent: 0,
    });
    await session.wait(1);
    assert.equal(writes.length, 1, 'not yet');
    await session.wait(1);
    assert.deepEqual(session.rows, [WEB, `>${TLS}`, DNS, '6', '7'], 'the same service is selected');
    assert.equal(writes.length, 2);
    assert.ok(!writes[1]!.includes(DNS), 'only what has changed is written');
    const { status, output, errors } = await session.quit();
    assert.deepEqual([status, output, errors], [0, '', '']);
  });

  it('scrolls, sorts and filters', async (context) => {
    const session = new Session(context, 'top --sort address', [90, 7]);
    await session.started();
    assert.deepEqual(session.rows, [`>${WEB}`, DNS, TLS]);
    await session.press('down', 'down', 'down');
    assert.deepEqual(session.rows, [DNS, TLS, '>6']);
    await session.press('end');
    assert.deepEqual(session.rows, [TLS, '6', '>7']);
    await session.press('page-up');
    assert.deepEqual(session.rows, [`>${DNS}`, TLS, '6']);
    await session.press('g', 'k');
    assert.deepEqual(session.rows, [`>${WEB}`, DNS, TLS]);
    await session.press('s', 's');
    assert.match(session.screen.lines[0]!, /by rate/);
    assert.deepEqual(session.rows, [`>${DNS}`, WEB, TLS]);
    await session.press('S');
    assert.match(session.screen.lines[0]!, /by conns/);
    await session.press('/', 'm', 'q', 'backspace');
    assert.equal(session.screen.lines.at(-1), 'filter: m_');
    await session.press('a', 'enter');
    assert.deepEqual(session.rows, ['>6', '7']);
    await session.press('/', 'x', 'escape');
    assert.deepEqual(session.rows, ['>6', '7'], 'the filter is as it was');
    await session.press('escape');
    assert.deepEqual(session.rows, [`>${TLS}`, WEB, DNS]);
    await session.quit();
  });

  it('opens a service and returns to the same place in the list', async (context) => {
    const session = new Session(context);
    await session.started();
    await session.press('down', 'enter');
    assert.deepEqual(session.rows, ['>198.51.100.2:8080', '198.51.100.1:8080']);
    session.kernel.state.setConnections(web, server('198.51.100.1'), {
      active: 99,
      inactive: 0,
      persistent: 0,
    });
    await session.wait(2);
    assert.deepEqual(session.rows, ['198.51.100.1:8080', '>198.51.100.2:8080']);
    await session.press('enter', 'escape');
    assert.deepEqual(
      session.rows,
      [`>${WEB}`, TLS, DNS, '6', '7'],
      'the services are read again, and the same one is selected',
    );
    await session.press('enter');
    session.kernel.state.removeService(web);
    await session.wait(2);
    assert.match(session.screen.lines[3]!, /the service does not exist/);
    await session.press('left');
    assert.deepEqual(session.rows, [`>${TLS}`, DNS, '6', '7']);
    await session.quit();
  });

  it('opens the service that -t names, and shows help', async (context) => {
    const session = new Session(context, 'top -t 192.0.2.1:80');
    await session.started();
    assert.deepEqual(session.rows, ['>198.51.100.2:8080', '198.51.100.1:8080']);
    await session.press('h');
    assert.match(session.screen.lines.join('\n'), /quit/);
    await session.press('x');
    await session.press('escape');
    assert.equal(session.rows.length, 2, 'there is nothing to go back to');
    await session.quit();
  });

  it('pauses, and reads the table when space is pressed', async (context) => {
    const session = new Session(context);
    await session.started();
    await session.press('p');
    session.kernel.state.removeService(web);
    await session.wait(60);
    assert.equal(session.rows.length, 5);
    assert.match(session.screen.lines[0]!, /paused/);
    await session.press(' ');
    assert.equal(session.rows.length, 4);
    fill(session.kernel, [{ key: { mark: 9, scheduler: 'rr' } }]);
    await session.press('p');
    assert.equal(session.rows.length, 5);
    await session.quit();
  });

  it('has the size of the terminal', async (context) => {
    const session = new Session(context);
    await session.started();
    session.screen.resize(40, 5);
    assert.match(session.screen.lines[2]!, /^> tcp {2}\[2001/);
    assert.ok(session.screen.lines.every((line) => line.length <= 40));
    session.screen.resize(150, 40);
    assert.equal(session.rows.length, 5);
    assert.match(session.screen.lines[2]!, /TOTAL$/);
    await session.quit();
  });

  it('shows an error while the table cannot be read, and continues', async (context) => {
    const session = new Session(context);
    await session.started();
    session.kernel.unloadModule();
    await session.wait(2);
    assert.match(session.screen.lines.at(-1)!, /^this kernel has no IPVS/);
    assert.equal(session.rows.length, 5);
    session.kernel.loadModule();
    fill(session.kernel, [{ key: { mark: 9, scheduler: 'rr' } }]);
    await session.wait(2);
    assert.deepEqual(session.rows, ['>9']);
    assert.match(session.screen.lines.at(-1)!, /^q quit/);
    await session.quit();
  });

  it('ends with the terminal, which it restores', async (context) => {
    const session = new Session(context);
    await session.started();
    session.screen.end();
    assert.deepEqual([(await session.run).status, session.screen.isStopped], [141, true]);
  });

  it('ends when it cannot write', async (context) => {
    const session = new Session(context);
    await session.started();
    session.screen.isOutputClosed = true;
    session.screen.press('s');
    assert.deepEqual([(await session.run).status, session.screen.isStopped], [141, true]);
  });

  it('reports an error of the first read before it changes the terminal', async () => {
    const kernel = kernelWith([]);
    kernel.unloadModule();
    const screen = new FakeScreen(80, 24);
    const { status, errors } = await runIpvs(kernel, 'top', { overrides: { screen: async () => screen } });
    assert.equal(status, 2);
    assert.match(errors, /no IPVS/);
    assert.deepEqual([screen.isStarted, screen.writes], [false, []]);
  });
});

describe('ipvs top in scripts', () => {
  it('prints one table with exact numbers', async () => {
    const { status, output, errors } = await runIpvs(
      kernelWith(exampleServices),
      'top --sort total --rows 2',
    );
    assert.deepEqual([status, errors], [0, '']);
    const [titles, first, second, ...none] = output.split('\n').map((line) => line.split(/ +/));
    assert.deepEqual(
      titles,
      'PROT SERVICE SCHED SERVERS ACTIVE INACT CONN/S IN-B/S OUT-B/S IN-PKT/S OUT-PKT/S TOTAL'.split(' '),
    );
    assert.deepEqual(first, [
      'udp',
      DNS,
      'rr',
      '1',
      '2',
      '0',
      '900',
      '90000',
      '0',
      '0',
      '0',
      '9223372036854775809',
    ]);
    assert.deepEqual(second?.slice(0, 2), ['tcp', WEB]);
    assert.deepEqual(none, [['']]);
  });

  it('prints a table of real servers, or of the rows that match a filter', async () => {
    const { output } = await runIpvs(kernelWith(exampleServices), 'top -t 192.0.2.1:80 --once --sort rate');
    assert.deepEqual(
      output.split('\n').map((line) => line.split(/ +/).slice(0, 5)),
      [
        ['REAL-SERVER', 'FORWARD', 'WEIGHT', 'ACTIVE', 'INACT'],
        ['198.51.100.1:8080', 'masq', '1', '10', '1'],
        ['198.51.100.2:8080', 'masq', '0', '30', '0'],
        [''],
      ],
    );
    const filtered = await runIpvs(kernelWith(exampleServices), ['top', '--filter', 'tcp 192']);
    assert.equal(filtered.output.split('\n').length, 3);
  });

  it('prints a table repeatedly, each time with the time of the read', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const tick = setInterval(() => context.mock.timers.tick(1000), 1);
    const { output, status } = await runIpvs(kernelWith(exampleServices), 'top --count 2 --rows 1');
    assert.equal(status, 0);
    assert.match(
      output,
      /^\d{4}-[^\n]*Z\nPROT[^\n]*\ntcp [^\n]*\n\n\d{4}-[^\n]*Z\nPROT[^\n]*\ntcp [^\n]*\n$/,
    );
    let tables = 0;
    const endless = await runIpvs(kernelWith(exampleServices), 'top --interval 5', {
      overrides: {
        write: () => {
          if (++tables === 6) throw new OutputClosed();
        },
      },
    });
    clearInterval(tick);
    assert.equal(endless.status, 141);
  });

  it('refuses invalid options', async () => {
    for (const [words, message] of [
      ['top --sort weight', /--sort weight: must be address or conns/],
      ['top --count 0', /--count 0: must be a whole number, 1 or more/],
      ['top --rows x', /--rows x: must be a whole number/],
      ['top --interval 0', /--interval 0: must be a whole number/],
      ['top --once --count 2', /--count: cannot be used with --once/],
      ['top -r 192.0.2.1:80', /top --help/],
      ['top x', /x: unexpected with top/],
    ] as const) {
      const { status, errors, sent, output } = await runIpvs(kernelWith([]), words);
      assert.deepEqual([status, sent, output], [2, 0, ''], words);
      assert.match(errors, message);
    }
    const absent = await runIpvs(kernelWith(exampleServices), 'top -t 192.0.2.9:80');
    assert.match(absent.errors, /there is no such service/);
  });
});
