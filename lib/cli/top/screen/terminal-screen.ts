import { OutputClosed } from '../../system.ts';
import type { Size } from '../frame.ts';
import { type Key, readKeys } from './keys.ts';
import type { Screen, ScreenEvents } from './screen.ts';

/** The other screen, no cursor, and no line that goes on in the next one. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[0m\x1b[?7h\x1b[?25h';
const LEAVE_SCREEN = '\x1b[?1049l';
/** How long Escape may be the beginning of another key, in milliseconds. */
const ESCAPE_TIME = 50;
/** Signals that end a process. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const DEFAULT_SIZE: Size = { columns: 80, rows: 24 };

type Listener = (text: string) => void;

/** What can be listened to. */
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
  /** Writes at once. Throws an OutputClosed, or another error. */
  write(text: string): void;
}

/**
 * A terminal that is drawn on as a whole. However the process ends, short of SIGKILL, the terminal is as it
 * was: after signals, which then do what they do by default, an exception, or when the terminal has gone. It
 * is as it was as well while the process is stopped.
 */
export class TerminalScreen implements Screen {
  readonly #device: Device;
  #events: ScreenEvents | undefined;
  #drawing = false;
  #rest = '';
  #escape: NodeJS.Timeout | undefined;
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
    const redraw = (): void => this.#redraw();
    const end = (): void => events.end();
    this.#listen(process, 'exit', () => this.#leave());
    for (const signal of ENDING) this.#listen(process, signal, () => this.#die(signal));
    this.#listen(process, 'SIGTSTP', () => this.#suspend(process.pid));
    this.#listen(process, 'SIGCONT', redraw);
    this.#listen(output, 'resize', () => events.redraw());
    this.#listen(input, 'data', (text: string) => this.#take(text));
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
    clearTimeout(this.#escape);
    this.#leave();
    for (const [emitter, event, listener] of this.#listeners.splice(0)) emitter.off(event, listener);
    this.#device.input.pause();
  }

  #listen(emitter: Emitter, event: string, listener: Listener): void {
    emitter.on(event, listener);
    this.#listeners.push([emitter, event, listener]);
  }

  #enter(): void {
    this.#drawing = true;
    this.#device.input.setRawMode(true);
    this.#device.write(ENTER);
  }

  /** Nothing of it may fail for something else that has: the terminal may have gone. */
  #leave(): void {
    if (!this.#drawing) return;
    this.#drawing = false;
    const { rows } = this.size;
    // A terminal without another screen gets a free line at its end.
    const steps = [
      () => this.#device.write(`${LEAVE}\x1b[${rows};1H\x1b[K${LEAVE_SCREEN}`),
      () => this.#device.input.setRawMode(false),
    ];
    for (const step of steps) {
      try {
        step();
      } catch {
        // The other one may still be possible.
      }
    }
  }

  /** Ends as the signal does where nobody listens to it. */
  #die(signal: string): void {
    const { process } = this.#device;
    this.stop();
    process.kill(process.pid, signal);
  }

  /** Stops the process, or with 0 its whole group, as a terminal does. */
  #suspend(pid: number): void {
    const { process } = this.#device;
    this.#leave();
    const index = this.#listeners.findIndex(([, event]) => event === 'SIGTSTP');
    const [, event, listener] = this.#listeners[index]!;
    process.off(event, listener);
    process.kill(pid, 'SIGTSTP');
    // It goes on here when it is continued, or at once where nobody can continue it.
    process.on(event, listener);
    this.#redraw();
  }

  /** Takes the terminal over again, whatever has become of it. */
  #redraw(): void {
    this.#guard(() => {
      this.#device.input.setRawMode(false);
      this.#enter();
      this.#events!.redraw();
    });
  }

  #take(text: string): void {
    clearTimeout(this.#escape);
    const { keys, rest } = readKeys(this.#rest + text);
    this.#rest = rest;
    this.#pass(keys);
    if (rest === '') return;
    this.#escape = setTimeout(() => {
      const all = readKeys(this.#rest, true);
      this.#rest = '';
      this.#pass(all.keys);
    }, ESCAPE_TIME);
  }

  #pass(keys: readonly Key[]): void {
    const own = keys.filter((key) => key !== 'ctrl-z' && key !== 'ctrl-l');
    if (own.length > 0) this.#events!.keys(own);
    if (keys.includes('ctrl-l')) this.#redraw();
    if (keys.includes('ctrl-z')) this.#suspend(0);
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof OutputClosed)) throw error;
      this.#events!.end();
    }
  }
}
