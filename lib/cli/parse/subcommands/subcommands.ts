import { DiffStatus } from '../../state/options.ts';
import { OutputClosed, type System } from '../../system.ts';
import { CommandError, Status } from '../command-error.ts';
import { readSubcommandLine, type SubcommandLine } from './subcommand-line.ts';
import { subcommandList } from './subcommand-table.ts';

/**
 * Runs the subcommand called `name`; `args` are the other arguments. Throws a CommandError.
 */
export async function runSubcommand(name: string, args: readonly string[], system: System): Promise<number> {
  const subcommand = subcommandList.find((entry) => entry.name === name)!;
  const line = readSubcommandLine(subcommand, args);
  if (line.help) {
    const { subcommandHelp } = await import('../../help.ts');
    system.write(subcommandHelp(subcommand));
    return Status.DONE;
  }
  switch (name) {
    case 'info': {
      const { reportInfo } = await import('../../kernel/info.ts');
      return await reportInfo(line, system);
    }
    case 'decode': {
      const { decodeCapture } = await import('../../capture/decode.ts');
      decodeCapture(line.operand || line.location.from!, system);
      return Status.DONE;
    }
    case 'completion': {
      const { completionScript } = await import('../../completion.ts');
      const script = completionScript(line.operand);
      if (script === undefined)
        throw new CommandError(`completion ${line.operand}: must be ${subcommand.operand!.description}`);
      system.write(script);
      return Status.DONE;
    }
    default:
      return await runWithDiffStatus(name, line, system);
  }
}

/** Runs a subcommand whose failures have status 2, as those of diff(1). */
async function runWithDiffStatus(name: string, line: SubcommandLine, system: System): Promise<number> {
  try {
    const run = await runnerOf(name);
    return await run(line, system);
  } catch (error) {
    if (error instanceof OutputClosed) throw error;
    const { writeError } = await import('../../kernel/error-text.ts');
    writeError(error, system);
    return DiffStatus.FAILED;
  }
}

async function runnerOf(name: string): Promise<(line: SubcommandLine, system: System) => Promise<number>> {
  if (name === 'apply') return (await import('../../state/apply.ts')).runApply;
  if (name === 'diff') return (await import('../../state/diff.ts')).runDiff;
  if (name === 'reconcile') return (await import('../../reconcile/run.ts')).runReconcile;
  if (name === 'import') return (await import('../../state/import.ts')).runImport;
  if (name === 'watch') return (await import('../../watch/run-watch.ts')).runWatch;
  if (name === 'top') return (await import('../../top/run-top.ts')).runTop;
  if (name === 'exporter') return (await import('../../exporter/run-exporter.ts')).runExporter;
  if (name === 'weight') return (await import('../../change/weight.ts')).runWeight;
  if (name === 'drain') return (await import('../../change/drain.ts')).runDrain;
  return (await import('../../state/export.ts')).runExport;
}
