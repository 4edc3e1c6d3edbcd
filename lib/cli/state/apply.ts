import { setTimeout } from 'node:timers/promises';
import { readDesiredFile } from '../../ipvs/desired-file/index.ts';
import { type ApplyResult, DrainLedger, diffText } from '../../ipvs/plan/index.ts';
import { type DesiredStateIo, DesiredStateStatus, runDesiredStateCommand } from './desired-state-command.ts';

/** Milliseconds between looks at destinations that drain. */
const DRAIN_PERIOD = 1000;

/**
 * `ipvs apply FILE`: makes the table what the file says and shows what that changes. The status is
 * 0 when the table is as wanted afterwards, 1 when something still differs, 2 when nothing could
 * be done.
 */
export async function runApply(words: readonly string[], io: DesiredStateIo): Promise<number> {
  const syntax = {
    usage:
      'apply [--remove all|destinations|nothing] [--absent default|leave] [--keep-weights] ' +
      '[--drain SECONDS] [--quiet] [--format json|yaml] [--netns PATH] FILE',
    options: ['remove', 'absent', 'keep-weights', 'drain', 'quiet', 'format', 'netns'] as const,
    file: true,
  };
  return runDesiredStateCommand(words, syntax, io, async ({ file, format, netns, plan, quiet }) => {
    const desired = await readDesiredFile(file, { format });
    return io.withClient(netns, async (client) => {
      const ledger = new DrainLedger();
      const { draining } = plan;
      const options = {
        ...plan,
        draining: draining === undefined ? undefined : { ...draining, elapsed: ledger.elapsed },
      };
      for (;;) {
        const made = client.plan(desired, options);
        if (!quiet && made.operations.length > 0) {
          io.write(diffText(made.differences, { colour: io.colour }));
        }
        const result = client.apply(made);
        ledger.record(result.remaining);
        if (result.remaining.operations.length > 0) return differs(result, io);
        if (ledger.size === 0) return DesiredStateStatus.SAME;
        await setTimeout(Math.min(DRAIN_PERIOD, draining?.grace ?? 0));
      }
    });
  });
}

function differs({ failures, remaining }: ApplyResult, io: DesiredStateIo): number {
  for (const { error } of failures) io.complain(`ipvs: ${error.message}`);
  io.complain('ipvs: what still differs:');
  for (const line of diffText(remaining.differences).trimEnd().split('\n')) io.complain(line);
  return DesiredStateStatus.DIFFERENT;
}
