import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** Runs a script of this folder in a network namespace. */
export function startIn(namespace: string, script: string, ...args: readonly string[]): ChildProcess {
  const ipArgs = ['netns', 'exec', namespace, process.execPath, join(import.meta.dirname, script), ...args];
  return spawn('ip', ipArgs, { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** The first line that it prints. Rejects when it ends without one. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(text.trim());
    });
    child.on('close', (status) =>
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${status}: ${text}`)),
    );
  });
}
