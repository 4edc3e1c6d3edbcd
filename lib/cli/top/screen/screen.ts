import type { Size } from '../frame.ts';
import type { Key } from './keys.ts';

/** Handlers for the events of a terminal. */
export interface ScreenEvents {
  /** Called when keys were pressed. */
  keys(keys: readonly Key[]): void;
  /**
   * Called when everything has to be drawn again: the size has changed, or another program has written to the
   * terminal.
   */
  redraw(): void;
  /** Called when the terminal has been closed. */
  end(): void;
}

/** A terminal used as a full screen. */
export interface Screen {
  readonly size: Size;
  /** Switches the terminal to full screen and starts calling the handlers. */
  start(events: ScreenEvents): void;
  /** Writes to the terminal synchronously. Throws an OutputClosed if it has been closed. */
  write(text: string): void;
  /** Restores the terminal. Can be called more than once. */
  stop(): void;
}
