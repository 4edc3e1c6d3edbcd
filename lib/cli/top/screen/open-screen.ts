import type { Screen } from './screen.ts';

/**
 * Returns the terminal of this process; undefined if standard input or output is not a terminal, or if TERM
 * is not set or names one without escape sequences.
 */
export async function openScreen(write: (text: string) => void): Promise<Screen | undefined> {
  const { stdin, stdout, env } = process;
  if (!stdin.isTTY || !stdout.isTTY || env.TERM === undefined || env.TERM === '' || env.TERM === 'dumb')
    return undefined;
  const { TerminalScreen } = await import('./terminal-screen.ts');
  return new TerminalScreen({ input: stdin, output: stdout, process, write });
}
