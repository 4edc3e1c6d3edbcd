import { withClient } from '../kernel/reach.ts';
import type { DesiredStateIo } from '../state/desired-state-command.ts';
import { OutputClosed, type System } from '../system.ts';
import { CommandLineError, Status } from './command-line-error.ts';

/** Runs the subcommand that the first word names. Throws a CommandLineError. */
export async function runSubcommand(words: readonly string[], system: System): Promise<number> {
  const [name, ...rest] = words;
  if (name === 'info') return await runInfo(rest, system);
  if (name === 'apply' || name === 'diff' || name === 'export') return await runDesired(name, rest, system);
  const [argument, surplus] = rest;
  const wanted = name === 'decode' ? 'the path of a capture (pcap)' : 'bash, zsh or fish';
  if (argument === undefined) throw new CommandLineError(`${name}: needs ${wanted}`);
  if (surplus !== undefined) throw new CommandLineError(`${surplus}: unexpected with ${name}`);
  if (argument.startsWith('-')) throw new CommandLineError(`${argument}: unknown option of ${name}`);
  if (name === 'decode') {
    const { decodeCapture } = await import('../capture/decode.ts');
    decodeCapture(argument, system);
    return Status.DONE;
  }
  const { completionScript } = await import('../completion.ts');
  const script = completionScript(argument);
  if (script === undefined) throw new CommandLineError(`completion ${argument}: must be ${wanted}`);
  system.write(script);
  return Status.DONE;
}

async function runInfo(words: readonly string[], system: System): Promise<number> {
  let netns: string | undefined;
  let json = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--json') json = true;
    else if (word.startsWith('--netns=')) netns = word.slice('--netns='.length);
    else if (word === '--netns' && words[at + 1] !== undefined) netns = words[++at];
    else throw new CommandLineError(`${word}: does not go with info, which takes --json and --netns path`);
  }
  const { reportInfo } = await import('../kernel/info.ts');
  return await reportInfo({ netns, from: undefined, strategy: 'auto' }, json, system);
}

/** Runs a subcommand about a wanted state in a file. */
async function runDesired(
  name: 'apply' | 'diff' | 'export',
  words: readonly string[],
  system: System,
): Promise<number> {
  const { wantsColour } = await import('../state/desired-state-command.ts');
  let closed = false;
  const io: DesiredStateIo = {
    write: (text) => {
      try {
        system.write(text);
      } catch (error) {
        closed = error instanceof OutputClosed;
        throw error;
      }
    },
    complain: (line) => {
      if (!closed) system.complain(line);
    },
    colour: wantsColour({ isTTY: await system.isTerminal() }, process.env),
    withClient: (netns, use) => withClient({ netns, from: undefined, strategy: 'auto' }, system, use),
  };
  const status = await (await runnerOf(name))(words, io);
  return closed ? Status.PIPE_CLOSED : status;
}

async function runnerOf(
  name: 'apply' | 'diff' | 'export',
): Promise<(words: readonly string[], io: DesiredStateIo) => Promise<number>> {
  if (name === 'apply') return (await import('../state/apply.ts')).runApply;
  if (name === 'diff') return (await import('../state/diff.ts')).runDiff;
  return (await import('../state/export.ts')).runExport;
}
