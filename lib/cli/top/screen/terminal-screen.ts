import { OutputClosed } from '../../system.ts';
import type { Size } from '../frame.ts';
import { type Key, readKeys } from './keys.ts';
import type { Screen, ScreenEvents } from './screen.ts';

/** Escape sequences for the alternate screen, without cursor and line wrap. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h';
const LEAVE_SCREEN = '\x1b[?1049l';
/** Time after which ESC without further input is the key Escape, in milliseconds. */
const ESCAPE_TIME = 50;
/** Signals that end a process. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

type Listener = (text: string) => void;

/** The part of an EventEmitter that is used. */
interface Emitter {
  on(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
}

/** The terminal and the process as a screen uses them: `process.stdin`, `process.stdout`, `process`. */
export interface Device {
  readonly input: Emitter & {
    setRawMode(raw: boolean): unknown;
    setEncoding(encoding: 'utf8'): unknown;
    resume(): unknown;
    pause(): unknown;
  };
  readonly output: Emitter & { readonly columns?: number; readonly rows?: number };
  readonly process: Emitter & { readonly pid: number; kill(pid: number, signal: string): unknown };
  /** Writes synchronously. Throws an OutputClosed, or another error. */
  write(text: string): void;
}

/**
 * A terminal that switches to the alternate screen and raw mode. It is restored however the process ends, except
 * by SIGKILL: after a signal, which then has its default effect, after an exception, or when the terminal is
 * closed. It is also restored while the process is suspended.
 */
export class TerminalScreen implements Screen {
  readonly #device: Device;
  #events: ScreenEvents | undefined;
  /** Whether the terminal shows the alternate screen, in raw mode. */
  #active = false;
  /** Input that may be the beginning of a key. */
  #rest = '';
  #escapeTimer: NodeJS.Timeout | undefined;
  readonly #listeners: (readonly [Emitter, string, Listener])[] = [];

  constructor(device: Device) {
    this.#device = device;
  }

  get size(): Size {
    const { columns, rows } = this.#device.output;
    return { columns: columns || DEFAULT_SIZE.columns, rows: rows || DEFAULT_SIZE.rows };
  }

  start(events: ScreenEvents): void {
    this.#events = events;
    const { input, output, process } = this.#device;
    const end = (): void => events.end();
    this.#listen(process, 'exit', () => this.#leave());
    for (const signal of ENDING) this.#listen(process, signal, () => this.#endBy(signal));
    this.#listen(process, 'SIGTSTP', () => this.#suspend(process.pid));
    this.#listen(process, 'SIGCONT', () => this.#redraw());
    this.#listen(output, 'resize', () => events.redraw());
    this.#listen(input, 'data', (text: string) => this.#readInput(text));
    this.#listen(input, 'end', end);
    this.#listen(input, 'error', end);
    input.setEncoding('utf8');
    this.#enter();
    input.resume();
  }

  write(text: string): void {
    this.#device.write(text);
  }

  stop(): void {
    clearTimeout(this.#escapeTimer);
    this.#leave();
    for (const [emitter, event, listener] of this.#listeners.splice(0)) emitter.off(event, listener);
    this.#device.input.pause();
  }

  #listen(emitter: Emitter, event: string, listener: Listener): void {
    emitter.on(event, listener);
    this.#listeners.push([emitter, event, listener]);
  }

  #enter(): void {
    this.#active = true;
    this.#device.input.setRawMode(true);
    this.#device.write(ENTER);
  }

  /**
   * Restores the terminal. Each step is tried even if another one fails: the terminal may have been closed.
   */
  #leave(): void {
    if (!this.#active) return;
    this.#active = false;
    const { rows } = this.size;
    // On a terminal without an alternate screen, the last line is cleared for the shell's prompt.
    const steps = [
      () => this.#device.write(`${LEAVE}\x1b[${rows};1H\x1b[K${LEAVE_SCREEN}`),
      () => this.#device.input.setRawMode(false),
    ];
    for (const step of steps) {
      try {
        step();
      } catch {
        // The other step may still succeed.
      }
    }
  }

  /** Ends the process by the default effect of a signal. */
  #endBy(signal: string): void {
    const { process } = this.#device;
    this.stop();
    process.kill(process.pid, signal);
  }

  /** Suspends the process, or with 0 its process group, as a terminal does on Ctrl-Z. */
  #suspend(pid: number): void {
    const { process } = this.#device;
    this.#leave();
    const index = this.#listeners.findIndex(([, event]) => event === 'SIGTSTP');
    const [, event, listener] = this.#listeners[index]!;
    process.off(event, listener);
    process.kill(pid, 'SIGTSTP');
    // Execution continues here after SIGCONT, or at once in an orphaned process group.
    process.on(event, listener);
    this.#redraw();
  }

  /**
   * Switches to the alternate screen and raw mode, whatever state the terminal is in. Calls the handler `end` if the
   * terminal has been closed.
   */
  #redraw(): void {
    try {
      this.#device.input.setRawMode(false);
      this.#enter();
      this.#events!.redraw();
    } catch (error) {
      if (!(error instanceof OutputClosed)) throw error;
      this.#events!.end();
    }
  }

  #readInput(text: string): void {
    clearTimeout(this.#escapeTimer);
    const { keys, rest } = readKeys(this.#rest + text);
    this.#rest = rest;
    this.#handle(keys);
    if (rest === '') return;
    this.#escapeTimer = setTimeout(() => {
      const all = readKeys(this.#rest, true);
      this.#rest = '';
      this.#handle(all.keys);
    }, ESCAPE_TIME);
  }

  #handle(keys: readonly Key[]): void {
    const otherKeys = keys.filter((key) => key !== 'ctrl-z' && key !== 'ctrl-l');
    if (otherKeys.length > 0) this.#events!.keys(otherKeys);
    if (keys.includes('ctrl-l')) this.#redraw();
    if (keys.includes('ctrl-z')) this.#suspend(0);
  }
}
