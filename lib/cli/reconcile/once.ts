import { OutOfSyncError } from '../../ipvs/reconcile/index.ts';
import { DiffStatus } from '../state/options.ts';

/**
 * Determines the exit status of `ipvs reconcile --once`, which ends when the table matches the desired state,
 * or cannot be made to match it.
 */
export class OnceStatus {
  #resolve: (status: number) => void = () => undefined;
  /** Resolves with the exit status when the reconciler is done. */
  readonly status: Promise<number> = new Promise((resolve) => {
    this.#resolve = resolve;
  });

  /** The table matches the desired state, or would match it but for --dry-run (`differs`). */
  succeeded(differs: boolean): void {
    this.#resolve(differs ? DiffStatus.DIFFERENT : DiffStatus.SAME);
  }

  /** The table does not match the desired state, and will not without intervention. */
  failed(error: unknown): void {
    this.#resolve(error instanceof OutOfSyncError ? DiffStatus.DIFFERENT : DiffStatus.FAILED);
  }
}
