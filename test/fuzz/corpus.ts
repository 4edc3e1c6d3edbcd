import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './target.ts';

/** In the source tree, as the build does not copy the cases. */
const folder: string = join(import.meta.dirname, '../../../test/fuzz/corpus');

/** An input that once showed a fault. */
export interface Case {
  readonly name: string;
  readonly input: Uint8Array;
}

/**
 * Returns the cases of a target. The first line of each file describes the fault; the input follows, as a JSON string
 * if the format is text, and as hexadecimal digits otherwise.
 */
export function casesOf(target: string): Case[] {
  const path = join(folder, target);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .sort()
    .map((name) => ({ name, input: readCase(readFileSync(join(path, name), 'utf8')) }));
}

function readCase(text: string): Uint8Array {
  const rest = text.slice(text.indexOf('\n') + 1);
  if (rest.startsWith('"')) return Buffer.from(JSON.parse(rest) as string);
  return Uint8Array.from(Buffer.from(rest.replaceAll(/\s/g, ''), 'hex'));
}

/** Writes a case with a description of its fault, and returns the path of its file. */
export function writeCase(name: string, { format }: Target, input: Uint8Array, description: string): string {
  mkdirSync(join(folder, name), { recursive: true });
  const path = join(
    folder,
    name,
    `found-${createHash('sha256').update(input).digest('hex').slice(0, 8)}.txt`,
  );
  const bytes = Buffer.from(input);
  const body =
    format.kind === 'text'
      ? JSON.stringify(bytes.toString())
      : (bytes.toString('hex').match(/.{1,64}/g) ?? []).join('\n');
  writeFileSync(path, `${description.split('\n')[0]}\n${body}\n`);
  return path;
}
