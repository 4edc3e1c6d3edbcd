import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fields } from '../../protocol/index.ts';

/** The options of fields that the manual page does not have. */
export function optionsMissingInManual(fields: Fields): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../../lib/cli/ipvs.8'), 'utf8').replaceAll(
    '\\-',
    '-',
  );
  const options = (all: Fields): string[] =>
    Object.values(all).flatMap(({ options: own = [], value }) => [
      ...own.map(({ long }) => long),
      ...(value.kind === 'object' ? options(value.fields) : []),
    ]);
  return options(fields).filter((long) => !page.includes(`--${long}`));
}
