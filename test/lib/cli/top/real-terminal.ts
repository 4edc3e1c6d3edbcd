/**
 * `ipvs top` in a real terminal, which tmux makes: `npm run build && node dist/test/lib/cli/top/real-terminal.js`. It needs tmux,
 * which `.ci/run` installs; `npm test` has a terminal in memory instead.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

const launcher = join(import.meta.dirname, '../../../../lib/cli/launcher.cjs');
const folder = mkdtempSync(join(tmpdir(), 'ipvs-terminal-'));
const table = join(folder, 'table.json');
const PATIENCE = 60_000;
const RULES = `
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m
-a -t 192.0.2.1:80 -r 198.51.100.2:8080 -m -w 0
-A -u [2001:db8::1]:53
-A -f 7
`;

function tmux(...words: readonly string[]): string {
  const { stdout, stderr, status, error } = spawnSync('tmux', ['-S', join(folder, 'socket'), ...words], {
    encoding: 'utf8',
  });
  assert.equal(error, undefined, 'tmux can be run');
  assert.equal(status, 0, stderr);
  return stdout;
}

const press = (...keys: readonly string[]): string => tmux('send-keys', '-t', 'top', ...keys);
const screen = (): string => tmux('capture-pane', '-p', '-t', 'top');

/** Waits until the terminal shows this. */
async function shows(pattern: RegExp): Promise<string> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    const text = screen();
    if (pattern.test(text)) return text;
    assert.ok(performance.now() < until, `${pattern} is not shown:\n${text}`);
    await delay(100);
  }
}

/** Runs a command in the shell, and waits for what it prints on a line of its own. */
async function shell(command: string, printed: RegExp): Promise<string> {
  press('-l', command);
  press('Enter');
  return await shows(printed);
}

const start = (): Promise<string> =>
  shell(`clear; '${process.execPath}' '${launcher}' --fake='${table}' top; echo "status=$?"`, /^> tcp/m);

/** Whether the terminal is the shell's: its cursor, its screen, its modes. */
async function isRestored(): Promise<void> {
  const flags = tmux('display', '-p', '-t', 'top', '#{cursor_flag} #{alternate_on} #{wrap_flag}');
  assert.equal(flags, '1 0 1\n');
  await shell('clear; stty -a | tr " ;" "\\n\\n" | grep -cx -e icanon -e echo -e isig', /^3$/m);
}

describe('ipvs top in tmux', () => {
  before(() => {
    const { status, stderr } = spawnSync(process.execPath, [launcher, `--fake=${table}`, '-R'], {
      input: RULES,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      'top',
      '-x',
      '100',
      '-y',
      '20',
      'bash --norc --noprofile',
    );
  });
  after(() => {
    spawnSync('tmux', ['-S', join(folder, 'socket'), 'kill-server']);
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    tmux('resize-window', '-t', 'top', '-x', '100', '-y', '20');
    tmux('respawn-pane', '-k', '-t', 'top', 'PS1="ready: " bash --norc --noprofile');
    await shows(/^ready: $|^ready:$/m);
  });

  it('shows the table, follows keys and the size, and quits', async () => {
    const text = await start();
    assert.match(text, /^ipvs top \d\d:\d\d:\d\d {2}services: 3, real servers: 2 {2}by conns, every 2 s$/m);
    assert.match(text, /^ {2}udp {2}\[2001:db8::1\]:53 +wlc +0 /m);
    press('Enter');
    await shows(/^> 198\.51\.100\.1:8080 +masq +1 /m);
    press('Escape');
    await shows(/^> tcp {2}192\.0\.2\.1:80/m);
    press('/', 'm', 'a', 'r', 'k', 'Enter');
    await shows(/^> mark 7 .*\n\n/m);
    tmux('resize-window', '-t', 'top', '-x', '50', '-y', '5');
    await shows(/^ {2}PROT SERVICE +ACTIVE CONN\/S IN-B\/S$/m);
    press('q');
    await shows(/^status=0$/m);
    await isRestored();
  });

  it('shows what others change', async () => {
    await start();
    const words = [launcher, `--fake=${table}`, '-A', '-t', '192.0.2.9:443'];
    assert.equal(spawnSync(process.execPath, words).status, 0);
    await shows(/^ {2}tcp {2}192\.0\.2\.9:443 /m);
    press('C-c');
    await shows(/^status=0$/m);
    await isRestored();
  });

  for (const [signal, status] of [
    ['TERM', 143],
    ['HUP', 129],
    ['INT', 130],
  ] as const)
    it(`restores the terminal after SIG${signal}`, async () => {
      await start();
      const children = tmux('display', '-p', '-t', 'top', '#{pane_pid}').trim();
      const found = spawnSync('ps', ['-o', 'pid=', '--ppid', children], { encoding: 'utf8' }).stdout;
      process.kill(Number(found.trim()), `SIG${signal}`);
      await shows(signal === 'INT' ? /^ready:/m : new RegExp(`^status=${status}$`, 'm'));
      await isRestored();
    });

  it('stops, with the terminal restored, and goes on', async () => {
    await start();
    press('C-z');
    await shows(/Stopped/);
    await isRestored();
    press('-l', 'fg');
    press('Enter');
    await shows(/^> tcp/m);
    press('q');
    await isRestored();
  });

  it('draws no escape sequences with NO_COLOR, and plain tables on a dumb terminal', async () => {
    // As wide as a line of the plain table.
    tmux('resize-window', '-t', 'top', '-x', '140', '-y', '20');
    press('-l', 'export NO_COLOR=1');
    press('Enter');
    await start();
    assert.ok(!tmux('capture-pane', '-p', '-e', '-t', 'top').includes('\x1b['));
    press('q');
    await shows(/^status=0$/m);
    await shell(
      `clear; TERM=dumb '${process.execPath}' '${launcher}' --fake='${table}' top --interval 1`,
      /^\d{4}-.*Z\nPROT +SERVICE[\s\S]*^\d{4}-.*Z\nPROT +SERVICE/m,
    );
    press('C-c');
    await isRestored();
  });
});
