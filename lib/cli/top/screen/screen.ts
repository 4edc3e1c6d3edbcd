import type { Size } from '../frame.ts';
import type { Key } from './keys.ts';

/** What happens at a terminal. */
export interface ScreenEvents {
  /** Keys were pressed. */
  keys(keys: readonly Key[]): void;
  /** Everything has to be drawn again: the size has changed, or another program has drawn. */
  redraw(): void;
  /** Nobody is there any more. */
  end(): void;
}

/** A terminal that is drawn on as a whole. */
export interface Screen {
  readonly size: Size;
  /** Takes the terminal over, and says what happens there. */
  start(events: ScreenEvents): void;
  /** Writes to it at once. Throws an OutputClosed when nobody is there any more. */
  write(text: string): void;
  /** Restores the terminal; more than once is no mistake. */
  stop(): void;
}
