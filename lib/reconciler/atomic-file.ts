import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces a file atomically: a program that reads it, also after a crash, finds either the old contents or
 * the complete new text. Throws the error of `node:fs`, which names the file; its contents are then
 * unchanged.
 */
export function replaceFile(file: string, text: string): void {
  const target = targetOf(file);
  const temporary = `${target}.${process.pid}.new`;
  try {
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
  // The rename survives a crash only once the folder has been synchronised as well.
  const folder = openSync(dirname(target), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Removes a file, or the target of a symbolic link, if that is possible. */
export function removeFile(file: string): void {
  try {
    rmSync(targetOf(file), { force: true });
  } catch {
    // It is a folder, or permission is missing.
  }
}

/** Returns the target of a symbolic link, so that the target is replaced and not the link. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
