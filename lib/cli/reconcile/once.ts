import { NotSettledError } from '../../ipvs/reconcile/index.ts';
import { Status } from '../parse/command-line-error.ts';
import { StateStatus } from '../state/options.ts';

/** The exit status of a service that ends when the table is the wanted one, or cannot be made so. */
export class Once {
  readonly #resolve: (status: number) => void;
  /** Settles when the service has done what it can. */
  readonly status: Promise<number>;

  constructor() {
    let done: (status: number) => void = () => undefined;
    this.status = new Promise((resolve) => {
      done = resolve;
    });
    this.#resolve = done;
  }

  /** The table is the wanted one, or would be but for `differs`. */
  settled(differs: boolean): void {
    this.#resolve(differs ? StateStatus.DIFFERENT : StateStatus.SAME);
  }

  /** It is not, and will not be so by itself. */
  failed(error: unknown): void {
    this.#resolve(error instanceof NotSettledError ? StateStatus.DIFFERENT : Status.WRONG_USE);
  }
}
