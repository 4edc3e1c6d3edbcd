import type { Size } from '../frame.ts';
import type { Key } from './keys.ts';

/** Handlers for the events of a terminal. */
export interface ScreenEvents {
  /** Called with the keys that were pressed. */
  keys(keys: readonly Key[]): void;
  /**
   * Called when the screen has to be redrawn completely: its size has changed, or another program has written
   * to the terminal.
   */
  redraw(): void;
  /** Called when the terminal has been closed. */
  end(): void;
}

/** A terminal whose alternate screen and raw mode can be switched on and off. */
export interface Screen {
  readonly size: Size;
  /** Switches to the alternate screen and to raw mode, and starts calling the handlers. */
  start(events: ScreenEvents): void;
  /** Writes to the terminal synchronously. Throws an OutputClosed if it has been closed. */
  write(text: string): void;
  /** Switches back to the normal screen and mode. Can be called more than once. */
  stop(): void;
}
