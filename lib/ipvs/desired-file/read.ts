import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { IpvsNetlinkError } from '../../../protocol/netlink/index.ts';
import { ErrorList, findErrors, MAXIMUM_ERRORS, pathText } from '../plan/desired-services.ts';
import type { DesiredServices, DesiredState } from '../plan/index.ts';
import { desiredStateOf, namesOf } from './check-fields.ts';
import { parseJson } from './parse-json.ts';
import { parseYaml } from './parse-yaml.ts';
import { type ParsedText, positionsOf } from './parsed-text.ts';

/** The format of a desired-state file. */
export type FileFormat = 'json' | 'yaml';

/** Options of `readDesiredServices` and `readDesiredState`. */
export interface ReadFileOptions {
  /**
   * The format. Default: by the suffix of the name (`.json`, `.yaml`, `.yml`). Without one of these, as for
   * standard input, it is JSON if the text begins with a brace or bracket, and YAML otherwise.
   */
  readonly format?: FileFormat | undefined;
  /**
   * Maximum length of the file, in bytes. Default: 64 MiB for JSON (more than 200 000 services) and 4 MiB for
   * YAML (about 20 000), whose parser needs far more time and memory. Parsing takes time in proportion to the
   * length. Other limits are fixed: 32 levels of nesting, 1000 distinct keys, 2 000 000 objects and
   * lists and 8 000 000 values in JSON, and 1 000 000 values in YAML.
   */
  readonly maxBytes?: number | undefined;
}

/** An error in a desired-state file. */
export interface FileErrorDetail {
  /** Line number, from 1. */
  readonly line: number;
  /** Column in UTF-16 code units, from 1. */
  readonly column: number;
  /** Path of the field, such as `services[3].destinations[0].port`; empty for a syntax error. */
  readonly field: string;
  /** What is wrong: a phrase that follows the name of the field, without a full stop. */
  readonly problem: string;
}

/** A desired-state file has errors, so none of it has been sent. */
export class DesiredFileError extends IpvsNetlinkError {
  readonly code = 'ERR_DESIRED_FILE';
  /** Name of the file, as it was passed. */
  readonly file: string;
  /** The errors in the order of lines, at most 1000. */
  readonly errors: readonly FileErrorDetail[];
  /** Number of errors. After 100 000 the rest of the file is not checked. */
  readonly count: number;

  constructor(file: string, errors: readonly FileErrorDetail[], count: number = errors.length) {
    const lines = errors.map(
      ({ line, column, field, problem }) =>
        `${file}:${line}:${column}: ${field === '' ? '' : `${field} `}${problem}`,
    );
    if (count > errors.length) lines.push(`${file}: and ${count - errors.length} more`);
    super(lines);
    this.name = 'DesiredFileError';
    this.file = file;
    this.errors = errors;
    this.count = count;
  }
}

const MAX_BYTES: Readonly<Record<FileFormat, number>> = { json: 64 << 20, yaml: 4 << 20 };
const CHUNK = 1 << 20;
/** Milliseconds to wait before reading again from a non-blocking standard input that has no data yet. */
const PAUSE = 5;

/** Returns the format by the suffix of a file name; undefined for any other suffix. */
function formatOfName(file: string): FileFormat | undefined {
  if (/\.ya?ml$/i.test(file)) return 'yaml';
  return /\.json$/i.test(file) ? 'json' : undefined;
}

function formatOfText(text: string): FileFormat {
  return /^\s*[[{]/.test(text) ? 'json' : 'yaml';
}

/** Returns the format of a file by the suffix of its name, or else by its text. */
export function formatOf(name: string, text: string): FileFormat {
  return formatOfName(name) ?? formatOfText(text);
}

/**
 * Reads the services from a desired-state file; `-` is standard input. Rejects with a {@link
 * DesiredFileError} that lists every error with line, column and field, or with the error of `node:fs` if
 * the file cannot be read. The file is read synchronously: a named pipe or a slow standard input blocks the
 * event loop until it ends.
 */
export async function readDesiredServices(file: string, options?: ReadFileOptions): Promise<DesiredServices> {
  return (await readDesiredState(file, options)).services;
}

/**
 * Reads everything from a desired-state file: services, timeouts, sync daemons and sysctls. Otherwise like
 * {@link readDesiredServices}, which returns the services only.
 */
export async function readDesiredState(file: string, options: ReadFileOptions = {}): Promise<DesiredState> {
  const knownFormat = options.format ?? formatOfName(file);
  const bytes = readAtMost(file, options.maxBytes ?? MAX_BYTES[knownFormat ?? 'json']);
  if (!isUtf8(bytes)) throw errorAtStart(file, 'is not UTF-8');
  const text = new TextDecoder().decode(bytes);
  const format = knownFormat ?? formatOfText(text);
  const max = options.maxBytes ?? MAX_BYTES[format];
  if (bytes.length > max) throw tooLong(file, max);
  return await parseDesiredState(text, { file, format });
}

function errorAtStart(file: string, problem: string): DesiredFileError {
  return new DesiredFileError(file, [{ line: 1, column: 1, field: '', problem }]);
}

function tooLong(file: string, max: number): DesiredFileError {
  return errorAtStart(file, `is longer than ${max} bytes`);
}

/** Reads the bytes of a file. Throws a DesiredFileError if there are more than `max`. */
function readAtMost(file: string, max: number): Uint8Array {
  const descriptor = file === '-' ? 0 : openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size > max) throw tooLong(file, max);
    let bytes = Buffer.allocUnsafe(size + CHUNK);
    let length = 0;
    for (;;) {
      const read = readSome(descriptor, bytes, length);
      if (read === 0) return bytes.subarray(0, length);
      length += read;
      if (length > max) throw tooLong(file, max);
      if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
    }
  } finally {
    if (file !== '-') closeSync(descriptor);
  }
}

function readSome(descriptor: number, into: Buffer, at: number): number {
  for (;;) {
    try {
      return readSync(descriptor, into, at, into.length - at, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

/** Options of `parseDesiredServices` and `parseDesiredState`. */
export interface ParseFileOptions {
  /** Name of the text in error messages. Default: `text`. */
  readonly file?: string | undefined;
  /** The format. Default: `json`. */
  readonly format?: FileFormat | undefined;
  /**
   * Whether the table to be changed is empty, so that every destination needs a forwarding method. Default: false.
   */
  readonly isTableEmpty?: boolean | undefined;
}

/** Parses the services from the text of a desired-state file. Fails like {@link readDesiredServices}. */
export function parseDesiredServices(text: string, options?: ParseFileOptions): Promise<DesiredServices> {
  return parseDesiredState(text, options).then(({ services }) => services);
}

/** Parses everything from the text of a desired-state file. Fails like {@link readDesiredServices}. */
export async function parseDesiredState(
  text: string,
  { file = 'text', format = 'json', isTableEmpty = false }: ParseFileOptions = {},
): Promise<DesiredState> {
  const parsed: ParsedText = format === 'json' ? parseJson(text) : await parseYaml(text);
  if (parsed.errors.length > 0) {
    const listed = parsed.errors.slice(0, MAXIMUM_ERRORS);
    const positions = positionsOf(
      text,
      listed.map(({ offset }) => offset),
    );
    throw new DesiredFileError(
      file,
      listed.map(({ problem }, index) => ({ ...positions[index]!, field: '', problem })),
      parsed.errors.length,
    );
  }
  const errors = new ErrorList();
  const state = desiredStateOf(parsed.value, errors);
  if (state !== undefined) findErrors(state.services, errors, isTableEmpty);
  if (errors.count > 0 || state === undefined) {
    const positions = positionsOf(text, parsed.locate(errors.list.map(({ path }) => path)));
    const listed = errors.list
      .map(({ path, problem }, index) => ({ ...positions[index]!, field: pathText(path), problem }))
      .sort((a, b) => a.line - b.line || a.column - b.column);
    throw new DesiredFileError(file, listed, errors.count);
  }
  const names = namesOf(parsed.value, state.services);
  return names === undefined ? state : { ...state, names };
}
