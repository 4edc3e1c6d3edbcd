import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces a file atomically: a reader, also one after a crash, finds either the old contents or all of the new text.
 * Throws the error of `node:fs`, which names the file; that is then as it was.
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
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
  // The new name survives a crash only once its folder has been synchronised as well.
  const folder = openSync(dirname(target), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Removes a file, or the one that a symbolic link points to, if that can be done. */
export function removeFile(file: string): void {
  try {
    rmSync(targetOf(file), { force: true });
  } catch {
    // It is a folder, or may not be removed.
  }
}

/** The file that a symbolic link points to, so that it is replaced and not the link. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
