import { listenAddressText } from '../../http/listen-address.ts';
import type { Plan } from '../../ipvs/plan/index.ts';
import { FamilyNotFoundError } from '../../netlink/errors.ts';
import { Notifier } from '../../reconciler/notifier.ts';
import { ReconcilerRunner } from '../../reconciler/reconciler-runner.ts';
import { StateFile } from '../../reconciler/saved-state.ts';
import { statusText } from '../../reconciler/status.ts';
import { errorLines } from '../kernel/error-text.ts';
import { openAsyncClient } from '../kernel/open-client.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import { differencesOf, differencesText } from '../state/differences-text.ts';
import { DiffStatus, planOptions, usesColour } from '../state/options.ts';
import type { System } from '../system.ts';
import { dryRunClient } from './dry-run.ts';
import { logTo } from './log.ts';
import { OnceStatus } from './once.ts';
import { listenAddress, reconcileOptions, stateFilePath, stateSourceOf } from './options.ts';
import { Signals } from './signals.ts';
import { StatusServer } from './status-server.ts';

/** Keeps the table at the desired state of a source; see the subcommand's help for the status. */
export async function runReconcile(line: SubcommandLine, system: System): Promise<number> {
  const { options, location } = line;
  const reconcile = reconcileOptions(line);
  const source = stateSourceOf(line);
  const listen = listenAddress(line);
  const dry = options.has('dry-run');
  const path = dry ? undefined : stateFilePath(line, process.env);
  const show = await planPrinter(system);
  const cleanups: (() => unknown)[] = [];
  try {
    // A dry run may run beside another process, and a fake kernel is in no namespace: they need no lock.
    if (!dry && location.fake === undefined) {
      const lock = await system.lockNamespace(location.netns);
      cleanups.push(() => lock.close());
    }
    const client = await openAsyncClient(location, system);
    cleanups.push(() => client.close());
    const notifier = new Notifier(process.env);
    cleanups.push(() => notifier.close());
    const once = options.has('once') ? new OnceStatus() : undefined;
    const style = once !== undefined ? 'plain' : options.get('log') === 'json' ? 'json' : 'text';
    const log = logTo(system, style, process.env);
    // Healthy if the last successful run is at most three periods old, plus a minute for the run itself.
    const server = listen && (await StatusServer.open(listen, 3 * reconcile.period + 60_000));
    if (server !== undefined) {
      cleanups.push(() => server.close());
      const address = listenAddressText(server.address);
      log.write('info', 'listening', `serving http://${address}/metrics and /healthz`, { address });
    }
    // Only a dry run sets it, as the reconciler is then given empty plans, after which it always counts as in sync.
    let differs = false;
    let outcomes = 0;
    const reconciler = await ReconcilerRunner.start({
      client: dry
        ? dryRunClient(client, (plan) => {
            differs = plan.operations.length > 0;
            show(plan);
          })
        : client,
      source,
      log,
      stateFile: path === undefined ? undefined : new StateFile(path),
      reconcile,
      allowRemoval: planOptions(line).allowRemoval,
      describe: (error) => errorLines(error, system),
      onPlan: once === undefined ? undefined : show,
      onChange: (status) => {
        notifier.status(statusText(status));
        const before = outcomes;
        outcomes = status.successfulRuns + status.failedRuns + status.sourceProblems;
        // `systemctl reload` waits for this, be it a success or a failure.
        if (outcomes > before) notifier.reloaded();
        if (!status.inSync) return;
        notifier.ready();
        if (status.draining === 0) once?.succeeded(differs);
      },
      onReconcileFailure: ({ error }) => {
        once?.failed(error);
        if (error instanceof FamilyNotFoundError) void system.loadModule();
      },
      onSourceProblem: (problem) => once?.failed(problem),
    });
    cleanups.push(() => reconciler.stop());
    if (server !== undefined) server.status = reconciler.status;
    if (notifier.watchdogInterval !== undefined) {
      const timer = setInterval(() => notifier.ping(), notifier.watchdogInterval);
      cleanups.push(() => clearInterval(timer));
    }
    const signals = new Signals(reconciler, notifier);
    cleanups.push(() => signals.close());
    // The exit status after a signal is SAME without --once, as a reconciler normally ends this way, and DIFFERENT with
    // --once, as the table does not match yet.
    const interrupted = signals.ended.then(() =>
      once === undefined ? DiffStatus.SAME : DiffStatus.DIFFERENT,
    );
    const status = await Promise.race([interrupted, ...(once === undefined ? [] : [once.status])]);
    notifier.stopping();
    return status;
  } finally {
    for (const close of cleanups.reverse()) await close();
  }
}

/** Returns a function that prints a plan, unless it is the same as the last one. */
async function planPrinter(system: System): Promise<(plan: Plan) => void> {
  const colour = usesColour(await system.isTerminal(), process.env);
  let shown = '';
  return (plan) => {
    const text = differencesText(differencesOf(plan), colour);
    if (text !== shown) system.write(text);
    shown = text;
  };
}
