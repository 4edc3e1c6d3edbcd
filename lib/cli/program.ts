import { resolveNames } from './names/resolve-names.ts';
import type { Command } from './parse/command.ts';
import { parseCommandLine } from './parse/command-line.ts';
import { CommandLineError, Status } from './parse/command-line-error.ts';
import { subcommands } from './parse/options.ts';
import { OutputClosed, type System } from './system.ts';

const SUBCOMMANDS: ReadonlySet<string> = new Set(subcommands);

/** Runs one command line, its words without the program's name, and returns the exit status. */
export async function runProgram(words: readonly string[], system: System): Promise<number> {
  try {
    if (SUBCOMMANDS.has(words[0] ?? '')) {
      const { runSubcommand } = await import('./parse/subcommands.ts');
      return await runSubcommand(words, system);
    }
    const command = await resolveNames((names) => parseCommandLine(words, { names, saved: false }), system);
    return await runCommand(command, system);
  } catch (error) {
    if (error instanceof OutputClosed) return Status.PIPE_CLOSED;
    system.complain(`ipvs: ${oneLine(error)}`);
    return error instanceof CommandLineError ? error.status : Status.LISTING_FAILED;
  }
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, '; ');
}

async function runCommand(command: Command, system: System): Promise<number> {
  switch (command.do) {
    case 'help': {
      const { helpText } = await import('./help.ts');
      system.write(helpText());
      return Status.DONE;
    }
    case 'version': {
      const { versionText } = await import('./version.ts');
      system.write(versionText());
      return Status.DONE;
    }
    case 'restore': {
      const { restore } = await import('./change/restore.ts');
      return await restore(command, system);
    }
    case 'change': {
      const { runChange } = await import('./change/run-change.ts');
      return await runChange(command, system);
    }
    default: {
      const { report } = await import('./list/report.ts');
      return await report(command, system);
    }
  }
}
