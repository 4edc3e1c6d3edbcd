import { OutputClosed } from '../../../../lib/cli/system.ts';
import type { Size } from '../../../../lib/cli/top/frame.ts';
import type { Key } from '../../../../lib/cli/top/screen/keys.ts';
import type { Screen, ScreenEvents } from '../../../../lib/cli/top/screen/screen.ts';

/** A terminal in memory, which interprets only the escape sequences that `ipvs top` writes. */
export class FakeScreen implements Screen {
  size: Size;
  /** What was written, frame by frame. */
  readonly writes: string[] = [];
  isStopped = false;
  isOutputClosed = false;
  #events: ScreenEvents | undefined;
  #lines: string[] = [];
  /** The line that the cursor is in. */
  #at = 0;

  constructor(columns: number, rows: number) {
    this.size = { columns, rows };
  }

  /** The lines that it shows. */
  get lines(): readonly string[] {
    return Array.from({ length: this.size.rows }, (_, index) => (this.#lines[index] ?? '').trimEnd());
  }

  get isStarted(): boolean {
    return this.#events !== undefined;
  }

  start(events: ScreenEvents): void {
    this.#events = events;
  }

  write(text: string): void {
    if (this.isOutputClosed) throw new OutputClosed();
    this.writes.push(text);
    for (const part of text.split('\x1b[').slice(1)) {
      const [, numbers = '', letter, shown = ''] = /^([\d;]*)([A-Za-z])(.*)$/s.exec(part) ?? [];
      if (letter === 'J') this.#lines = [];
      else if (letter === 'H') this.#at = Number.parseInt(numbers, 10) - 1;
      else if (letter === 'K') this.#lines[this.#at] = '';
      else if (letter !== 'm') throw new Error(`unknown: ${part}`);
      if (shown !== '') this.#lines[this.#at] += shown;
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Presses keys. */
  press(...keys: readonly Key[]): void {
    this.#events!.keys(keys);
  }

  /** Changes its size. */
  resize(columns: number, rows: number): void {
    this.size = { columns, rows };
    this.#events!.redraw();
  }

  /** Closes the terminal. */
  end(): void {
    this.#events!.end();
  }
}
