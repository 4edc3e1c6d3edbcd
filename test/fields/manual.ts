import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fields } from '../../protocol/index.ts';

/** Returns the options of the fields that are missing in the manual page. */
export function optionsMissingInManual(fields: Fields): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../../lib/cli/ipvs.8'), 'utf8').replaceAll(
    '\\-',
    '-',
  );
  const options = (all: Fields): string[] =>
    Object.values(all).flatMap(({ options: own = [], accepts }) => [
      ...own.map(({ long }) => long),
      ...(accepts.kind === 'object' ? options(accepts.fields) : []),
    ]);
  return options(fields).filter((long) => !page.includes(`--${long}`));
}
