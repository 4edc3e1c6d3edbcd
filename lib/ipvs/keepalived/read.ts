import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type KeepalivedImport, parseKeepalived } from './parse.ts';
import type { ConfigurationFile } from './syntax/lines.ts';
import { matchingFiles } from './syntax/matching-files.ts';

/** Options of `readKeepalived`. */
export interface KeepalivedOptions {
  /**
   * The configuration id: lines that begin with `@NAME` apply only if it is `NAME`. Default: the host name up
   * to its first dot, as in keepalived.
   */
  readonly configId?: string | undefined;
}

/**
 * Reads a configuration of keepalived with the files that it includes, see {@link parseKeepalived}; `-` is
 * standard input. Throws the error of `node:fs` if the file cannot be read.
 */
export function readKeepalived(
  file: string,
  { configId = hostname().split('.')[0]! }: KeepalivedOptions = {},
): KeepalivedImport {
  return parseKeepalived({ ...readFile(file), configId, include });
}

function include(pattern: string, folder: string): readonly ConfigurationFile[] {
  return matchingFiles(pattern.startsWith('/') ? pattern : join(folder, pattern)).map(readFile);
}

function readFile(file: string): ConfigurationFile {
  return { file, text: readFileSync(file === '-' ? 0 : file, 'utf8') };
}
