import type { Notifier } from '../../reconciler/notifier.ts';
import type { ReconcilerRunner } from '../../reconciler/reconciler-runner.ts';

/** Handles the signals of the reconciler until {@link Signals.close}. */
export class Signals {
  readonly #handlers: readonly (readonly [signal: NodeJS.Signals, handler: () => void])[];
  #end: () => void = () => undefined;
  /** Resolves on SIGTERM or SIGINT. */
  readonly ended: Promise<void> = new Promise((resolve) => {
    this.#end = resolve;
  });

  constructor(reconciler: Pick<ReconcilerRunner, 'reload' | 'confirm'>, notifier: Notifier) {
    this.#handlers = [
      ['SIGTERM', this.#end],
      ['SIGINT', this.#end],
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
    this.#end();
  }
}
