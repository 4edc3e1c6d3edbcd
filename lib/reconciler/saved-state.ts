import { existsSync, readFileSync, renameSync } from 'node:fs';
import { IpvsNetlinkError } from '../../protocol/netlink/index.ts';
import { parseDesiredState } from '../ipvs/desired-file/index.ts';
import type { DesiredState, Drain } from '../ipvs/plan/index.ts';
import { removeFile, replaceFile } from './atomic-file.ts';
import { bootId } from './monotonic-clock.ts';

/** The state from which the reconciler continues after a restart. */
export interface SavedState {
  /** Destinations that are draining, with times of the clock of `monotonicMilliseconds`; empty after a reboot. */
  readonly drains: readonly Drain[];
  /** The last good desired state: the newest one that was not refused. */
  readonly lastGood:
    | {
        readonly state: DesiredState;
        /** The name of its source. */
        readonly source: string;
        /** When it was read, in milliseconds since 1970. */
        readonly readAt: number;
      }
    | undefined;
  /** The digest of the services of a desired state whose removals the operator has confirmed (SIGUSR2). */
  readonly confirmed: string | undefined;
}

/** The file is not a saved state; `cause` is the reason. */
class SavedStateError extends IpvsNetlinkError {
  readonly code = 'ERR_SAVED_STATE';

  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `${file}: is not a state file of ipvs reconcile, and is renamed to ${setAsideName(file)}: ${reason}`,
      {
        cause,
      },
    );
    this.name = 'SavedStateError';
  }
}

/** Returns the path to which a file that is not a saved state is renamed before the state is written. */
function setAsideName(file: string): string {
  return `${file}.damaged`;
}

const VERSION = 1;
const NO_STATE: SavedState = { drains: [], lastGood: undefined, confirmed: undefined };

/** The file that holds the saved state of the reconciler. */
export class StateFile {
  readonly path: string;
  /**
   * The last good state as text, cached because it is large and changes less often than the drains.
   */
  #lastGood: { readonly state: DesiredState; readonly text: string } | undefined;
  /** Whether the file is not a saved state, so that it is renamed instead of overwritten. */
  #isDamaged = false;
  /** What was written last: all but the last good state as JSON, and that state. */
  #written: { readonly head: string; readonly state: DesiredState | undefined } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Returns the saved state; an empty one if there is no file. Rejects with a {@link SavedStateError} or an
   * error of `node:fs`.
   */
  async read(): Promise<SavedState> {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NO_STATE;
      throw error;
    }
    try {
      return await savedStateOf(JSON.parse(text));
    } catch (error) {
      this.#isDamaged = true;
      throw new SavedStateError(this.path, error);
    }
  }

  /**
   * Writes a state if it differs from the one that was written last. Throws the error of `node:fs`; the file
   * is then removed if possible, because a restart would go back to its older state and end drains too early.
   */
  write({ drains, lastGood, confirmed }: SavedState): void {
    const head = JSON.stringify({
      version: VERSION,
      boot: bootId(),
      drains,
      confirmed,
      source: lastGood?.source,
      readAt: lastGood?.readAt,
    });
    if (head === this.#written?.head && lastGood?.state === this.#written.state) return;
    if (lastGood !== undefined && this.#lastGood?.state !== lastGood.state)
      this.#lastGood = { state: lastGood.state, text: textOf(lastGood.state) };
    const text = lastGood === undefined ? head : `${head.slice(0, -1)},"last":${this.#lastGood!.text}}`;
    try {
      if (this.#isDamaged) renameSync(this.path, setAsideName(this.path));
      this.#isDamaged = false;
      replaceFile(this.path, `${text}\n`);
    } catch (error) {
      this.#written = undefined;
      if (this.#isDamaged) this.#isDamaged = existsSync(this.path);
      else removeFile(this.path);
      throw error;
    }
    this.#written = { head, state: lastGood?.state };
  }
}

/**
 * Returns a desired state in the format of a desired-state file: absent fields stay absent, and bytes are
 * hexadecimal digits. The names of services are left out because reconciling does not use them.
 */
function textOf({ names: _names, ...state }: DesiredState): string {
  return JSON.stringify(state, function (this: Readonly<Record<string, unknown>>, name, value: unknown) {
    const original = this[name];
    return original instanceof Uint8Array ? Buffer.from(original).toString('hex') : value;
  });
}

async function savedStateOf(value: unknown): Promise<SavedState> {
  const { version, boot, drains: saved, confirmed, source, readAt, last } = value as Record<string, unknown>;
  if (version !== VERSION) throw new Error(`its version is ${String(version)}`);
  if (!Array.isArray(saved) || !saved.every(isDrain)) throw new Error('its drains are malformed');
  // A reboot has emptied the kernel's table and reset the clock.
  const drains = boot === bootId() ? saved : [];
  const digest = typeof confirmed === 'string' ? confirmed : undefined;
  if (last === undefined) return { drains, lastGood: undefined, confirmed: digest };
  if (typeof source !== 'string' || typeof readAt !== 'number')
    throw new Error('its last state has no source or time');
  const state = await parseDesiredState(JSON.stringify(last));
  return { drains, lastGood: { state, source, readAt }, confirmed: digest };
}

function isDrain(value: unknown): value is Drain {
  const { service, destination, since } = (value ?? {}) as Partial<Record<keyof Drain, unknown>>;
  return typeof service === 'string' && typeof destination === 'string' && isTime(since);
}

function isTime(value: unknown): boolean {
  return value === undefined || typeof value === 'number';
}
