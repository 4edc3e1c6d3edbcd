import type { StatePath } from '../plan/desired-state.ts';
import type { Source } from './source.ts';

/** Reads one YAML document (version 1.2, core schema, at most 100 aliases). */
export async function yamlSource(text: string): Promise<Source> {
  const { isMap, isScalar, isSeq, parseDocument } = await import('yaml');
  const document = parseDocument(text, { prettyErrors: false, stringKeys: true });
  const mistakes = [...document.errors, ...document.warnings].map(({ pos: [offset], message }) => ({
    offset,
    problem: message,
  }));
  let value: unknown;
  if (mistakes.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      mistakes.push({ offset: 0, problem: (error as Error).message });
    }
  }
  const offsetOf = (path: StatePath): number => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const part of path) {
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
        if (pair === undefined) break;
        offset = (isScalar(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
        node = pair.value;
      } else if (isSeq(node) && typeof part === 'number') {
        node = node.items[part];
        offset = (node as { readonly range?: readonly number[] } | undefined)?.range?.[0] ?? offset;
      } else break;
    }
    return offset;
  };
  return { value, mistakes, locate: (paths) => paths.map(offsetOf) };
}

/** Writes a value as YAML. */
export async function yamlText(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0 });
}
