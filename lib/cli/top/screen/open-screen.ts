import type { Screen } from './screen.ts';
import { TerminalScreen } from './terminal-screen.ts';

/**
 * The terminal that this process reads and writes; undefined where it does not do both, or where TERM says that it
 * knows no escape sequences.
 */
export function openScreen(write: (text: string) => void): Screen | undefined {
  const { stdin, stdout, env } = process;
  if (!stdin.isTTY || !stdout.isTTY || env.TERM === undefined || env.TERM === '' || env.TERM === 'dumb')
    return undefined;
  return new TerminalScreen({ input: stdin, output: stdout, process, write });
}
