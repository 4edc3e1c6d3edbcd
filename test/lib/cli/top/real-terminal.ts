/**
 * Tests of `ipvs top` in a terminal of tmux: `npm run build && node dist/test/lib/cli/top/real-terminal.js`. They
 * need tmux, which `.ci/run` installs; `npm test` uses a terminal in memory instead.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { TmuxTerminal } from './tmux-terminal.ts';

const launcher = join(import.meta.dirname, '../../../../lib/cli/launcher.cjs');
const folder = mkdtempSync(join(tmpdir(), 'ipvs-terminal-'));
const table = join(folder, 'table.json');
const RULES = `
-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m
-a -t 192.0.2.1:80 -r 198.51.100.2:8080 -m -w 0
-A -u [2001:db8::1]:53
-A -f 7
`;

let terminal: TmuxTerminal;

const start = (): Promise<string> =>
  terminal.run(
    `clear; '${process.execPath}' '${launcher}' --fake='${table}' top; echo "status=$?"`,
    /^> tcp/m,
  );

describe('ipvs top in tmux', () => {
  before(() => {
    const { status, stderr } = spawnSync(process.execPath, [launcher, `--fake=${table}`, '-R'], {
      input: RULES,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    terminal = new TmuxTerminal();
  });
  after(() => {
    terminal.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => terminal.restart(100, 20));

  it('shows the table, reacts to keys and to a new size, and quits', async () => {
    const text = await start();
    assert.match(text, /^ipvs top \d\d:\d\d:\d\d {2}services: 3, real servers: 2 {2}by conns, every 2 s$/m);
    assert.match(text, /^ {2}udp {2}\[2001:db8::1\]:53 +wlc +0 /m);
    terminal.press('Enter');
    await terminal.waitFor(/^> 198\.51\.100\.1:8080 +masq +1 /m);
    terminal.press('Escape');
    await terminal.waitFor(/^> tcp {2}192\.0\.2\.1:80/m);
    terminal.press('/', 'm', 'a', 'r', 'k', 'Enter');
    await terminal.waitFor(/^> mark 7 .*\n\n/m);
    terminal.resize(50, 5);
    await terminal.waitFor(/^ {2}PROT SERVICE +ACTIVE CONN\/S IN-B\/S$/m);
    terminal.press('q');
    await terminal.waitFor(/^status=0$/m);
    await terminal.assertRestored();
  });

  it('shows the changes of other programs', async () => {
    await start();
    const words = [launcher, `--fake=${table}`, '-A', '-t', '192.0.2.9:443'];
    assert.equal(spawnSync(process.execPath, words).status, 0);
    await terminal.waitFor(/^ {2}tcp {2}192\.0\.2\.9:443 /m);
    terminal.press('C-c');
    await terminal.waitFor(/^status=0$/m);
    await terminal.assertRestored();
  });

  for (const [signal, status] of [
    ['TERM', 143],
    ['HUP', 129],
    ['INT', 130],
  ] as const)
    it(`restores the terminal after SIG${signal}`, async () => {
      await start();
      terminal.signal(`SIG${signal}`);
      await terminal.waitFor(signal === 'INT' ? /^ready:/m : new RegExp(`^status=${status}$`, 'm'));
      await terminal.assertRestored();
    });

  it('is suspended, with the terminal restored, and continues', async () => {
    await start();
    terminal.press('C-z');
    await terminal.waitFor(/Stopped/);
    await terminal.assertRestored();
    terminal.press('-l', 'fg');
    terminal.press('Enter');
    await terminal.waitFor(/^> tcp/m);
    terminal.press('q');
    await terminal.assertRestored();
  });

  it('draws without colours and styles with NO_COLOR, and plain tables on a dumb terminal', async () => {
    // As wide as a line of the plain table.
    terminal.resize(140, 20);
    terminal.press('-l', 'export NO_COLOR=1');
    terminal.press('Enter');
    await start();
    assert.ok(!terminal.screen('styled').includes('\x1b['));
    terminal.press('q');
    await terminal.waitFor(/^status=0$/m);
    await terminal.run(
      `clear; TERM=dumb '${process.execPath}' '${launcher}' --fake='${table}' top --interval 1`,
      /^\d{4}-.*Z\nPROT +SERVICE[\s\S]*^\d{4}-.*Z\nPROT +SERVICE/m,
    );
    terminal.press('C-c');
    await terminal.assertRestored();
  });
});
