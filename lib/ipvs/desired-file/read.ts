import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { NetlinkError } from '../../../protocol/netlink/index.ts';
import { type DesiredState, findMistakes, Mistakes, MOST_MISTAKES, pathText } from '../plan/desired-state.ts';
import { servicesOf } from './check-fields.ts';
import { jsonSource } from './json-source.ts';
import { LineIndex, type Source } from './source.ts';
import { yamlSource } from './yaml-source.ts';

/** How a desired state is spelled in a file. */
export type FileFormat = 'json' | 'yaml';

/** How a file is read. */
export interface ReadFileOptions {
  /** From the name's ending unless given: `.yaml` and `.yml` are YAML, everything else is JSON. */
  readonly format?: FileFormat | undefined;
  /**
   * Longer files are refused unread. In bytes; 64 MiB for JSON (more than 200 000 services) and
   * 4 MiB for YAML (some 20 000), whose parser needs far more time and memory, unless given. Both
   * take time in proportion to the length, whatever the text is, and refuse more than 32 levels.
   */
  readonly maxBytes?: number | undefined;
}

/** Something in a file that cannot be. */
export interface FileMistake {
  /** From 1. */
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;
  /** Such as `services[3].destinations[0].port`; empty where the spelling is wrong. */
  readonly field: string;
  readonly problem: string;
}

/** A desired state's file is refused as a whole; nothing has been sent. */
export class DesiredFileError extends NetlinkError {
  readonly code = 'ERR_DESIRED_FILE';
  readonly file: string;
  /** Every mistake by line, up to 1000. */
  readonly mistakes: readonly FileMistake[];
  /** How many mistakes there are; from 100 000 on the rest is not looked at. */
  readonly count: number;

  constructor(file: string, mistakes: readonly FileMistake[], count: number = mistakes.length) {
    const lines = mistakes.map(
      ({ line, column, field, problem }) =>
        `${file}:${line}:${column}: ${field === '' ? '' : `${field} `}${problem}`,
    );
    if (count > mistakes.length) lines.push(`${file}: and ${count - mistakes.length} more`);
    super(lines.join('\n'));
    this.name = 'DesiredFileError';
    this.file = file;
    this.mistakes = mistakes;
    this.count = count;
  }
}

const MOST_BYTES: Readonly<Record<FileFormat, number>> = { json: 64 << 20, yaml: 4 << 20 };
const CHUNK = 1 << 20;

function formatOf(file: string): FileFormat {
  return /\.ya?ml$/i.test(file) ? 'yaml' : 'json';
}

/**
 * Reads a desired state from a file, `-` being the standard input. Rejects with a
 * {@link DesiredFileError} that lists every mistake with line, column and field, and with the
 * error of `node:fs` when the file cannot be read.
 */
export async function readDesiredFile(file: string, options: ReadFileOptions = {}): Promise<DesiredState> {
  const format = options.format ?? formatOf(file);
  const most = options.maxBytes ?? MOST_BYTES[format];
  const bytes = readAtMost(file, most);
  if (bytes === undefined) {
    throw new DesiredFileError(file, [
      { line: 1, column: 1, field: '', problem: `is longer than ${most} bytes` },
    ]);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DesiredFileError(file, [{ line: 1, column: 1, field: '', problem: 'is not UTF-8' }]);
  }
  return parseDesiredState(text, { file, format });
}

/** The bytes of a file; undefined when there are more than `most`. */
function readAtMost(file: string, most: number): Uint8Array | undefined {
  const descriptor = file === '-' ? 0 : openSync(file, 'r');
  try {
    if (fstatSync(descriptor).size > most) return undefined;
    const chunks: Buffer[] = [];
    let length = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const read = readSync(descriptor, chunk, 0, CHUNK, null);
      if (read === 0) return Buffer.concat(chunks, length);
      length += read;
      if (length > most) return undefined;
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    if (file !== '-') closeSync(descriptor);
  }
}

/** Reads a desired state from a text, on the terms of {@link readDesiredFile}. */
export async function parseDesiredState(
  text: string,
  { file = 'text', format = 'json' }: { readonly file?: string; readonly format?: FileFormat } = {},
): Promise<DesiredState> {
  const source: Source = format === 'json' ? jsonSource(text) : await yamlSource(text);
  const lines = new LineIndex(text);
  if (source.mistakes.length > 0) {
    const listed = source.mistakes.slice(0, MOST_MISTAKES).map(({ offset, problem }) => ({
      ...lines.position(offset),
      field: '',
      problem,
    }));
    throw new DesiredFileError(file, listed, source.mistakes.length);
  }
  const mistakes = new Mistakes();
  const services = servicesOf(source.value, mistakes);
  if (services !== undefined) findMistakes(services, mistakes);
  if (mistakes.count > 0 || services === undefined) {
    const offsets = source.locate(mistakes.list.map(({ path }) => path));
    const listed = mistakes.list
      .map(({ path, problem }, index) => ({ offset: offsets[index]!, field: pathText(path), problem }))
      .sort((one, other) => one.offset - other.offset)
      .map(({ offset, field, problem }) => ({ ...lines.position(offset), field, problem }));
    throw new DesiredFileError(file, listed, mistakes.count);
  }
  return services;
}
