import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const WILDCARD = /[*?[\]{}]/;

/**
 * Returns the files whose paths match a shell pattern (`*`, `?`, `[a-z]`, `{one,other}`), sorted by name. A
 * name that begins with a dot matches only a pattern that begins with one.
 */
export function matchingFiles(pattern: string): string[] {
  return alternatives(pattern).flatMap((path) => {
    const parts = path.split('/');
    let found = [path.startsWith('/') ? '/' : ''];
    for (const part of parts.filter((name) => name !== ''))
      found = found.flatMap((folder) => entries(folder, part));
    return found.filter((file) => statSync(file).isFile());
  });
}

function entries(folder: string, pattern: string): string[] {
  if (!WILDCARD.test(pattern)) {
    const path = join(folder, pattern);
    return existsSync(path) ? [path] : [];
  }
  let names: string[];
  try {
    names = readdirSync(folder === '' ? '.' : folder);
  } catch {
    return [];
  }
  const expression = expressionOf(pattern);
  return names
    .filter((name) => expression.test(name) && (pattern.startsWith('.') || !name.startsWith('.')))
    .sort()
    .map((name) => join(folder, name));
}

/** Returns the regular expression of one component of a path, without braces. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(
    /\[([!^]?)([^\]]+)\]|[\s\S]/g,
    (character, not: string | undefined, set: string) => {
      if (set !== undefined) return `[${not === '' ? '' : '^'}${set.replace(/[\\\]^]/g, '\\$&')}]`;
      if (character === '*') return '.*';
      if (character === '?') return '.';
      return character.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    },
  );
  return new RegExp(`^${source}$`, 's');
}

/** Expands the braces of a pattern: returns one pattern for each alternative. */
function alternatives(pattern: string): string[] {
  const open = pattern.indexOf('{');
  if (open < 0) return [pattern];
  let depth = 0;
  let from = open + 1;
  const choices: string[] = [];
  for (let at = open; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '{') depth++;
    else if (character === ',' && depth === 1) {
      choices.push(pattern.slice(from, at));
      from = at + 1;
    } else if (character === '}' && --depth === 0) {
      choices.push(pattern.slice(from, at));
      const rest = pattern.slice(at + 1);
      return choices.flatMap((choice) => alternatives(`${pattern.slice(0, open)}${choice}${rest}`));
    }
  }
  return [pattern];
}
