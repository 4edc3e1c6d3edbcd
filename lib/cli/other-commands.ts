import type { Command } from './parse/command.ts';
import { Status } from './parse/command-error.ts';
import type { System } from './system.ts';

/** A command line that lists nothing. */
export type OtherCommand =
  | Extract<Command, { readonly do: 'help' | 'version' | 'restore' | 'change' }>
  | { readonly do: 'subcommand'; readonly name: string; readonly args: readonly string[] };

/** Runs a command line that lists nothing, and returns the exit status. */
export async function runOtherCommand(command: OtherCommand, system: System): Promise<number> {
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
    case 'subcommand': {
      const { runSubcommand } = await import('./parse/subcommands/subcommands.ts');
      return await runSubcommand(command.name, command.args, system);
    }
  }
}
