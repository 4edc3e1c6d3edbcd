import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commandOptions, OptionReader } from '../../../../lib/cli/parse/option-reader.ts';

/** Every option as it was typed, with a space before its value, and the operands. */
function read(...words: string[]): { options: string[]; operands: string[] } {
  const reader = new OptionReader(words, commandOptions);
  const options: string[] = [];
  for (let option = reader.next(); option !== undefined; option = reader.next())
    options.push(option.value === undefined ? option.typed : `${option.typed} ${option.value}`);
  return { options, operands: reader.operands };
}

describe('options are read as libpopt reads them', () => {
  const cases: readonly (readonly [string[], string[], string[]])[] = [
    [['-Ln'], ['-L', '-n'], []],
    [['-At10.0.0.1:80'], ['-A', '-t 10.0.0.1:80'], []],
    [['-At=10.0.0.1:80'], ['-A', '-t 10.0.0.1:80'], []],
    [['-At', '10.0.0.1:80'], ['-A', '-t 10.0.0.1:80'], []],
    [['-t', '-A'], ['-t -A'], []],
    [['-t='], ['-t '], []],
    [['--tcp-service=a=b'], ['--tcp-service a=b'], []],
    [['--tcp-service=', 'x'], ['--tcp-service '], ['x']],
    [['-p'], ['-p'], []],
    [['-p', '5'], ['-p 5'], []],
    [['-p', '-s', 'rr'], ['-p', '-s rr'], []],
    [['-p5', 'x'], ['-p 5'], ['x']],
    [
      ['a', '-L', 'b', '-', '-n'],
      ['-L', '-n'],
      ['a', 'b', '-'],
    ],
    [['-L', '--', '-n', '--'], ['-L'], ['-n', '--']],
    [['-w', '-1'], ['-w -1'], []],
    [['-L', ''], ['-L'], ['']],
  ];
  for (const [words, options, operands] of cases) {
    it(JSON.stringify(words), () => assert.deepEqual(read(...words), { options, operands }));
  }

  for (const [words, message] of [
    [['--lis'], /^--lis: unknown/],
    [['-L?'], /^-\?: unknown/],
    [['-At'], /^-t: missing value/],
    [['--list=x'], /^--list: .*no value/],
  ] as const) {
    it(`${JSON.stringify(words)} is refused`, () => {
      assert.throws(() => read(...words), { code: 'ERR_COMMAND', status: 255, message });
    });
  }
});
