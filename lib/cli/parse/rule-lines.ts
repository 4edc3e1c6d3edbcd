import { FieldError, MessageWriter } from '../../../protocol/netlink/index.ts';
import { operationRequest } from '../../ipvs/batch-operations.ts';
import { fieldErrorText } from '../change/refusals.ts';
import { type Host, type NameLookup, UnresolvedHosts } from '../names/names.ts';
import type { Command } from './command.ts';
import { CommandError, Status } from './command-error.ts';
import { parseCommandLine } from './command-line.ts';

/** A parsed line of a file of rules. */
export interface RuleLine {
  /** Line number, from 1. */
  readonly number: number;
  readonly command: Exclude<Command, { readonly do: 'restore' | 'help' | 'version' }>;
}

/** An invalid line of a file of rules. */
export interface InvalidLine {
  readonly number: number;
  readonly problem: string;
  /** The exit status that ipvsadm would have. */
  readonly status: number;
}

/**
 * Parses a file of rules. Each line is a command line, with or without `ipvsadm` in front; empty lines and
 * lines that start with `#` are skipped. A line with a value that cannot be encoded is invalid, too. Throws
 * an UnresolvedHosts with all hosts that have to be looked up first.
 */
export function parseRuleLines(
  text: string,
  names: NameLookup,
): { readonly lines: readonly RuleLine[]; readonly invalid: readonly InvalidLine[] } {
  const lines: RuleLine[] = [];
  const invalid: InvalidLine[] = [];
  const unresolved: Host[] = [];
  const writer = new MessageWriter();
  for (const [index, line] of text.split('\n').entries()) {
    const words = wordsOf(line);
    if (words.length === 0) continue;
    const number = index + 1;
    try {
      const command = parseCommandLine(words, { names, fromRules: true });
      lines.push({ number, command: checkCommand(command, writer) });
    } catch (error) {
      if (error instanceof UnresolvedHosts) unresolved.push(...error.hosts);
      else if (error instanceof CommandError)
        invalid.push({ number, problem: error.message, status: error.status });
      else throw error;
    }
  }
  if (unresolved.length > 0) throw new UnresolvedHosts(unresolved);
  return { lines, invalid };
}

function wordsOf(line: string): string[] {
  const words = line.split(/[ \t\r]+/).filter((word) => word !== '');
  if (words[0]?.startsWith('#')) return [];
  if (/^(?:\S*\/)?ipvs(?:adm)?$/.test(words[0] ?? '')) words.shift();
  // If a service has a scheduler flag that ipvsadm has no name for, ipvsadm saves `-b` (--sched-flags) without a value.
  if (words[0] === '-A' && words.at(-1) === '-b') words.pop();
  return words;
}

function checkCommand(command: Command, writer: MessageWriter): RuleLine['command'] {
  if (command.do === 'restore' || command.do === 'help' || command.do === 'version')
    throw new CommandError(`--${command.do}: not allowed in a file of rules`, Status.INVALID_OPTION);
  const { netns, from, fake } = command.location;
  if (netns !== undefined) throw new CommandError('--netns: must be given with -R, not in a file of rules');
  if (fake !== undefined) throw new CommandError('--fake: must be given with -R, not in a file of rules');
  if (from !== undefined) throw new CommandError('--from: not allowed in a file of rules');
  if (command.do !== 'change') return command;
  try {
    writer.reset();
    operationRequest(command.change).encode(writer);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new CommandError(fieldErrorText(error), Status.REFUSED);
  }
  return command;
}
