import { desiredFileText } from '../../ipvs/desired-file/index.ts';
import { type DesiredStateIo, DesiredStateStatus, runDesiredStateCommand } from './desired-state-command.ts';

/** `ipvs export`: writes the live table as a file that `ipvs apply` and `ipvs diff` read. */
export async function runExport(words: readonly string[], io: DesiredStateIo): Promise<number> {
  const syntax = {
    usage: 'export [--format json|yaml] [--netns PATH]',
    options: ['format', 'netns'] as const,
    file: false,
  };
  return runDesiredStateCommand(words, syntax, io, async ({ format, netns }) =>
    io.withClient(netns, async (client) => {
      io.write(await desiredFileText(client.dump().services, format));
      return DesiredStateStatus.SAME;
    }),
  );
}
