import { readDesiredFile } from '../../ipvs/desired-file/index.ts';
import { diffText } from '../../ipvs/plan/index.ts';
import { type DesiredStateIo, DesiredStateStatus, runDesiredStateCommand } from './desired-state-command.ts';

/**
 * `ipvs diff FILE`: shows what `ipvs apply FILE` would change, and changes nothing. The status is
 * 0 when that is nothing, 1 when it is something, 2 when it cannot be told.
 */
export async function runDiff(words: readonly string[], io: DesiredStateIo): Promise<number> {
  const syntax = {
    usage:
      'diff [--remove all|destinations|nothing] [--absent default|leave] [--keep-weights] ' +
      '[--format json|yaml] [--netns PATH] FILE',
    options: ['remove', 'absent', 'keep-weights', 'format', 'netns'] as const,
    file: true,
  };
  return runDesiredStateCommand(words, syntax, io, async ({ file, format, netns, plan }) => {
    const desired = await readDesiredFile(file, { format });
    return io.withClient(netns, async (client) => {
      const { differences } = client.plan(desired, plan);
      io.write(diffText(differences, { colour: io.colour }));
      return differences.length === 0 ? DesiredStateStatus.SAME : DesiredStateStatus.DIFFERENT;
    });
  });
}
