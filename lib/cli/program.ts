import { printable } from '../../protocol/netlink/text/printable.ts';
import { resolveNames } from './names/resolve-names.ts';
import type { Command } from './parse/command.ts';
import { Status } from './parse/command-error.ts';
import { parseCommandLine } from './parse/command-line.ts';
import { subcommandAt } from './parse/subcommands/find-subcommand.ts';
import { OutputClosed, type System } from './system.ts';

/** Runs a command line, given as its arguments without the program name, and returns the exit status. */
export async function runProgram(args: readonly string[], unescaped: System): Promise<number> {
  // Escapes control characters from arguments, files and the kernel, so that each message is one line.
  const system: System = { ...unescaped, writeError: (line) => unescaped.writeError(printable(line)) };
  try {
    // `ipvs help apply` is `ipvs apply --help`.
    const words = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
    const at = subcommandAt(words);
    if (at >= 0) {
      const { runSubcommand } = await import('./parse/subcommands/subcommands.ts');
      return await runSubcommand(words[at]!, words.toSpliced(at, 1), system);
    }
    const command = await resolveNames(
      (names) => parseCommandLine(words, { names, fromRules: false }),
      system,
    );
    return await runCommand(command, system);
  } catch (error) {
    if (error instanceof OutputClosed) return Status.PIPE_CLOSED;
    const { writeError, errorStatus } = await import('./kernel/error-text.ts');
    writeError(error, system);
    return errorStatus(error);
  }
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
      const { runListing } = await import('./list/run-listing.ts');
      return await runListing(command, system);
    }
  }
}
