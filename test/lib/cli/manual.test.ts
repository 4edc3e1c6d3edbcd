import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { optionSections } from '../../../lib/cli/parse/options.ts';
import { subcommandList } from '../../../lib/cli/parse/subcommands/subcommand-table.ts';
import { parseDesiredState } from '../../../lib/index.ts';
import { desiredStateSchema } from '../../../lib/ipvs/desired-file/schema.ts';

const page: string = readFileSync(join(import.meta.dirname, '../../../../lib/cli/ipvs.8'), 'utf8');
/** The page's text without its markup; a line that begins with `.TP ` is the head of an entry. */
const text: string = page
  .replaceAll(/\\f[BIRP]/g, '')
  .replaceAll('\\-', '-')
  .replaceAll(/^\.(?:B|I|BR|BI|RB|IR|RI|IB) (.*)$/gm, (_, words: string) =>
    words.replaceAll(/" "|"/g, '').replaceAll(/ ?(, ) ?/g, '$1'),
  )
  .replaceAll(/^\.TP\n/gm, '.TP ');

const options = [
  ...optionSections.flatMap((section) => section.options),
  ...subcommandList.flatMap((subcommand) => subcommand.options),
];

/** The text between a line that begins with `start` and the next that begins with one of `ends`. */
function part(start: RegExp, ...ends: readonly RegExp[]): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => start.test(line));
  assert.ok(first >= 0, `${start} is in the page`);
  const length = lines.slice(first + 1).findIndex((line) => ends.some((end) => end.test(line)));
  return lines.slice(first, length < 0 ? undefined : first + 1 + length).join('\n');
}

describe('the manual page', () => {
  it('names every option with each subcommand that has it', () => {
    for (const { long } of options) assert.ok(text.includes(`--${long}`), long);
    for (const { name, options: own } of subcommandList) {
      const others = subcommandList.filter((other) => other.name !== name);
      const block = part(
        new RegExp(`^\\.TP ${name}\\b`),
        ...others.map((other) => new RegExp(`^\\.TP ${other.name}\\b`)),
        /^\.SH/,
      );
      for (const { long } of own.filter((option) => !isCommon(option.long)))
        assert.ok(block.includes(`--${long}`), `${name} --${long}`);
    }
  });

  it('names no option that does not exist', () => {
    const known = new Set([...options.map(({ long }) => long)]);
    const unknown = new Set<string>();
    for (const [, long] of text.matchAll(/(?<![\w-])--([a-z][a-z0-9-]*)/g))
      if (!known.has(long!)) unknown.add(long!);
    assert.deepEqual([...unknown], []);
  });

  it('has every field of a desired-state file, with the names and maxima of fields that are not lists', () => {
    const section = part(/^\.SH DESIRED-STATE FILES/, /^\.SH/);
    for (const [path, field] of fieldsOf(desiredStateSchema as Schema)) {
      const name = path.split('.').at(-1)!;
      assert.match(section, new RegExp(`(?<![\\w])${name.replace('$', '\\$')}(?![\\w])`), path);
      const limits = [field, ...(field.oneOf ?? [])].flatMap(({ maximum, enum: names = [], maxLength }) => [
        ...names,
        ...(maximum === undefined ? [] : [maximum]),
        ...(maxLength === undefined ? [] : [maxLength]),
      ]);
      for (const limit of limits)
        assert.match(section, new RegExp(`(?<![\\w])${limit}(?![\\w])`), `${path}: ${limit}`);
    }
  });

  it('shows a desired-state file that can be read', async () => {
    const example = part(/^services:$/, /^\.fi/);
    const { services, timeouts } = await parseDesiredState(example, { format: 'yaml' });
    assert.deepEqual([services.length, services[0]!.destinations.length, timeouts?.tcp], [1, 2, 600]);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly maximum?: number;
  readonly maxLength?: number;
}

function* fieldsOf(schema: Schema, path = ''): Generator<readonly [path: string, field: Schema]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, field];
    yield* fieldsOf(field, `${path}.${name}`);
    if (field.items !== undefined) yield* fieldsOf(field.items, `${path}.${name}`);
  }
  for (const [name, definition] of Object.entries(schema.$defs ?? {})) yield* fieldsOf(definition, name);
}

/** Whether an option is described once, for all commands. */
function isCommon(long: string): boolean {
  return optionSections.some(({ options: all }) => all.some((option) => option.long === long));
}
