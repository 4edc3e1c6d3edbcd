import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type DesiredState, Ipvs } from '../../../lib/index.ts';
import type { SourceEvent, StateSource } from '../../../lib/ipvs/source/index.ts';
import { ReconcilerRunner } from '../../../lib/reconciler/reconciler-runner.ts';
import type { RunnerOptions } from '../../../lib/reconciler/runner-options.ts';
import { StateFile } from '../../../lib/reconciler/saved-state.ts';
import type { FakeKernel } from '../../../lib/testing/index.ts';
import { connect } from '../ipvs/plan/tables.ts';
import { service } from '../ipvs/reconcile/pushed-states.ts';

/** The key of the service on this port, as `FakeKernel.state` takes it. */
export const rawService = (port: number): Parameters<FakeKernel['state']['setConnections']>[0] => ({
  family: 2,
  protocol: 6,
  address: bytes(10, 0, 0, 1),
  port,
});
export const rawDestination: { readonly address: Uint8Array; readonly port: number } = {
  address: bytes(10, 1, 0, 1),
  port: 80,
};

function bytes(...first: number[]): Uint8Array {
  const all = new Uint8Array(16);
  all.set(first);
  return all;
}

/** A source whose states and problems come from the test. */
class ScriptedSource implements StateSource {
  readonly name = 'scripted';
  readonly #events: SourceEvent[] = [];
  #wake: (() => void) | undefined;

  /** Emits a state with services on these ports. */
  emit(...ports: readonly number[]): void {
    this.#push({ state: { services: ports.map(service) }, source: this.name });
  }

  emitState(state: DesiredState): void {
    this.#push({ state, source: this.name });
  }

  fail(message: string): void {
    this.#push({ problem: new Error(message) });
  }

  reread(): void {}

  #push(event: SourceEvent): void {
    this.#events.push(event);
    this.#wake?.();
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent, void, void> {
    while (!signal.aborted) {
      while (this.#events.length > 0) yield this.#events.shift()!;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
}

export interface RunningReconciler {
  readonly source: ScriptedSource;
  readonly reconciler: ReconcilerRunner;
  readonly log: string[];
  readonly requests: () => number;
  readonly stop: () => Promise<void>;
}

export async function startReconciler(
  t: TestContext,
  kernel: FakeKernel,
  file?: string,
  options: Partial<RunnerOptions['reconcile']> = {},
): Promise<RunningReconciler> {
  const client = await Ipvs.open({ transport: kernel.connect() });
  const source = new ScriptedSource();
  const log: string[] = [];
  const reconciler = await ReconcilerRunner.start({
    client,
    source,
    log: { write: (level, event) => void log.push(`${level} ${event}`) },
    stateFile: file === undefined ? undefined : new StateFile(file),
    reconcile: {
      minimumPause: 1,
      period: 10,
      pollPeriod: 5,
      drainPeriod: 5,
      jitter: 0,
      backoff: { initial: 5, maximum: 5 },
      ...options,
    },
  });
  const stop = async (): Promise<void> => {
    await reconciler.stop();
    await client.close();
  };
  t.after(stop);
  return { source, reconciler, log, requests: () => client.stats.requests, stop };
}

/** Waits until a condition holds; `awaited` says in the error what did not happen. */
export async function until(holds: () => boolean, awaited: string): Promise<void> {
  for (const limit = Date.now() + 120_000; !holds(); await delay(2))
    assert.ok(Date.now() < limit, `timed out: ${awaited}`);
}

export function ports(kernel: FakeKernel): number[] {
  return connect(kernel)
    .services()
    .map((one) => (one as { port: number }).port)
    .sort((one, other) => one - other);
}

export function stateFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'reconciler-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'state.json');
}
