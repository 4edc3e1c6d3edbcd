import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const SESSION = 'terminal';
const SHELL = 'bash --norc --noprofile';
/** Timeout for a text to be shown, in milliseconds: an emulated virtual machine is slow. */
const TIMEOUT = 300_000;

/** A terminal of tmux, with bash in it. */
export class TmuxTerminal {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ipvs-terminal-'));
  readonly #shell: string;

  /** `within` is a command that runs the shell that is its last argument, such as `ip netns exec blue`. */
  constructor(within = '') {
    this.#shell = `PS1="ready: " ${within} ${SHELL}`;
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-s', SESSION, SHELL);
  }

  /** Starts a new shell in a terminal of this size, and waits for its prompt. */
  async restart(columns: number, rows: number): Promise<void> {
    this.resize(columns, rows);
    this.#tmux('respawn-pane', '-k', '-t', SESSION, this.#shell);
    await this.waitFor(/^ready: $|^ready:$/m);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-t', SESSION, '-x', String(columns), '-y', String(rows));
  }

  /** Presses keys, by their names in tmux. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', '-t', SESSION, ...keys);
  }

  /** What the terminal shows, with the escape sequences of its colours if `style` is `styled`. */
  screen(style: 'plain' | 'styled' = 'plain'): string {
    return this.#tmux('capture-pane', '-p', ...(style === 'styled' ? ['-e'] : []), '-t', SESSION);
  }

  /** Waits until the terminal shows a text that matches, and returns all that it shows. */
  async waitFor(pattern: RegExp): Promise<string> {
    const until = performance.now() + TIMEOUT;
    for (;;) {
      const text = this.screen();
      if (pattern.test(text)) return text;
      assert.ok(performance.now() < until, `${pattern} is not shown:\n${text}`);
      await delay(100);
    }
  }

  /** Types a command, and waits until the terminal shows `shown`. */
  async run(command: string, shown: RegExp): Promise<string> {
    this.press('-l', command);
    this.press('Enter');
    return await this.waitFor(shown);
  }

  /** Sends a signal to the process that the shell runs. */
  signal(signal: NodeJS.Signals): void {
    const shell = this.#tmux('display', '-p', '-t', SESSION, '#{pane_pid}').trim();
    process.kill(Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8')), signal);
  }

  /** Asserts that the cursor, the normal screen, line wrap and the modes of the tty are as the shell had them. */
  async assertRestored(): Promise<void> {
    const flags = this.#tmux('display', '-p', '-t', SESSION, '#{cursor_flag} #{alternate_on} #{wrap_flag}');
    assert.equal(flags, '1 0 1\n');
    await this.run('clear; stty -a | tr " ;" "\\n\\n" | grep -cx -e icanon -e echo -e isig', /^3$/m);
  }

  close(): void {
    spawnSync('tmux', ['-S', join(this.#folder, 'socket'), 'kill-server']);
    rmSync(this.#folder, { recursive: true });
  }

  #tmux(...words: readonly string[]): string {
    const { stdout, stderr, status, error } = spawnSync(
      'tmux',
      ['-S', join(this.#folder, 'socket'), ...words],
      { encoding: 'utf8' },
    );
    assert.equal(error, undefined, 'tmux can be run');
    assert.equal(status, 0, stderr);
    return stdout;
  }
}
