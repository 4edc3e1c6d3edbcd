import assert from 'node:assert/strict';
import { KeepalivedError, parseKeepalived } from '../../../../lib/index.ts';

const FILE = 'keepalived.conf';

/** Reads a configuration without includes. */
export function parse(text: string, configId?: string): ReturnType<typeof parseKeepalived> {
  return parseKeepalived({ file: FILE, text, configId });
}

/** The notes of a configuration: line, column, and what they say. */
export function notesOf(text: string): string[] {
  return parse(text).notes.map(
    ({ line, column, keyword, text: note }) => `${line}:${column} ${keyword} ${note}`,
  );
}

/** The errors of a configuration that is refused. */
export function errorsOf(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof KeepalivedError);
    return error.errors.map(({ line, column, problem }) => `${line}:${column} ${problem}`);
  }
  return [];
}

/** A real server without settings. */
export const SERVER = 'real_server 192.168.0.1 80 { }';
