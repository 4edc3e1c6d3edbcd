import type { Screen } from './screen.ts';

/**
 * The terminal that this process reads and writes; undefined where it does not do both, or where TERM says
 * that it knows no escape sequences.
 */
export async function openScreen(write: (text: string) => void): Promise<Screen | undefined> {
  const { stdin, stdout, env } = process;
  if (!stdin.isTTY || !stdout.isTTY || env.TERM === undefined || env.TERM === '' || env.TERM === 'dumb')
    return undefined;
  const { TerminalScreen } = await import('./terminal-screen.ts');
  return new TerminalScreen({ input: stdin, output: stdout, process, write });
}
