import type { Notifier } from '../../reconciler/notifier.ts';
import type { ReconcilerProcess } from '../../reconciler/reconciler-process.ts';

/** Handles the signals of the reconciler until {@link Signals.close}. */
export class Signals {
  readonly #handlers: readonly (readonly [signal: NodeJS.Signals, handler: () => void])[];
  readonly #resolve: () => void;
  /** Resolves on SIGTERM or SIGINT. */
  readonly ended: Promise<void>;

  constructor(reconciler: Pick<ReconcilerProcess, 'reload' | 'confirm'>, notifier: Notifier) {
    let end: () => void = () => undefined;
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    this.#resolve = end;
    this.#handlers = [
      ['SIGTERM', end],
      ['SIGINT', end],
      ['SIGUSR2', () => void reconciler.confirm()],
      [
        'SIGHUP',
        () => {
          notifier.reloading();
          reconciler.reload();
        },
      ],
    ];
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
  }

  close(): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
    this.#resolve();
  }
}
