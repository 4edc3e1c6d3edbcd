import { OutOfSyncError } from '../../ipvs/reconcile/index.ts';
import { Status } from '../parse/command-line-error.ts';
import { StateStatus } from '../state/options.ts';

/**
 * Determines the exit status of `ipvs reconcile --once`, which ends when the table matches the desired state,
 * or cannot be made to match it.
 */
export class OnceStatus {
  readonly #resolve: (status: number) => void;
  /** Resolves with the exit status when the service is done. */
  readonly status: Promise<number>;

  constructor() {
    let done: (status: number) => void = () => undefined;
    this.status = new Promise((resolve) => {
      done = resolve;
    });
    this.#resolve = done;
  }

  /** The table matches the desired state; `differs` tells that it does not because of --dry-run. */
  inSync(differs: boolean): void {
    this.#resolve(differs ? StateStatus.DIFFERENT : StateStatus.SAME);
  }

  /** The table does not match the desired state, and will not without intervention. */
  failed(error: unknown): void {
    this.#resolve(error instanceof OutOfSyncError ? StateStatus.DIFFERENT : Status.USAGE_ERROR);
  }
}
