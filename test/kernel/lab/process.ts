import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { toolFolders } from './tools.ts';

/** A program of the host failed: which one, how it ended, and the end of what it wrote. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly status: number | null;

  constructor(command: string, args: readonly string[], status: number | null, written: string) {
    super(
      `${[command, ...args].join(' ')} ended with ${status ?? 'a signal'}\n${written.slice(-4000).trimEnd()}`,
    );
    this.status = status;
  }
}

/** How to run a program of the host. */
export interface CommandOptions {
  readonly cwd?: string;
  /** Variables of the environment in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** A file descriptor that receives standard output instead of the result. */
  readonly stdout?: number;
}

/** Runs a program of the host and returns its standard output; rejects with CommandFailure unless it ends with 0. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, LC_ALL: 'C', PATH: toolFolders().join(delimiter), ...options.env },
      stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(output);
      else reject(new CommandFailure(command, args, status, output + errors));
    });
  });
}
