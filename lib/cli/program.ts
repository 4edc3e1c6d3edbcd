import { printable } from '../../protocol/netlink/text/printable.ts';
import { resolveNames } from './names/resolve-names.ts';
import type { OtherCommand } from './other-commands.ts';
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
    return await runCommand(await parse(args, system), system);
  } catch (error) {
    if (error instanceof OutputClosed) return Status.PIPE_CLOSED;
    const { errorLines, errorStatus } = await import('./kernel/error-text.ts');
    for (const line of errorLines(error, system)) system.writeError(`ipvs: ${line}`);
    return errorStatus(error);
  }
}

async function parse(args: readonly string[], system: System): Promise<Command | OtherCommand> {
  // `ipvs help apply` is `ipvs apply --help`.
  const words = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
  const at = subcommandAt(words);
  if (at >= 0) return { do: 'subcommand', name: words[at]!, args: words.toSpliced(at, 1) };
  return await resolveNames((names) => parseCommandLine(words, { names, fromRules: false }), system);
}

async function runCommand(command: Command | OtherCommand, system: System): Promise<number> {
  switch (command.do) {
    case 'help':
    case 'version':
    case 'restore':
    case 'change':
    case 'subcommand': {
      const { runOtherCommand } = await import('./other-commands.ts');
      return await runOtherCommand(command, system);
    }
    default: {
      const { runListing } = await import('./list/run-listing.ts');
      return await system.runShortTask(() => runListing(command, system));
    }
  }
}
