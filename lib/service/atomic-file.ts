import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces a file whole: whoever reads it, and whatever breaks down, finds what was there before or all of the new text.
 * Throws the error of `node:fs`; the file is then as it was.
 */
export function replaceFile(file: string, text: string): void {
  const target = targetOf(file);
  const next = `${target}.${process.pid}.new`;
  try {
    const descriptor = openSync(next, 'w', 0o600);
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(next, target);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
  // The name is as durable as the text only when its folder is.
  const folder = openSync(dirname(target), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Where a symbolic link leads: the link stays. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
