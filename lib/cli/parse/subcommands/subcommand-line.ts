import type { JsonCounterFormat, TableLocation } from '../command.ts';
import { CommandError, Status } from '../command-error.ts';
import { OptionReader, optionsBySpelling } from '../option-reader.ts';
import { LOCATION_OPTIONS } from '../option-rules.ts';
import { optionChoices } from '../values/choices.ts';
import { namespacePath } from '../values/namespace-path.ts';
import { commonOptions, HELP } from './find-subcommand.ts';
import type { Subcommand } from './subcommand-table.ts';

/** The parsed arguments of a subcommand. */
export interface SubcommandLine {
  /** Whether `--help` was given; all else is then ignored. */
  readonly help: boolean;
  /** The word before the operand that names its type; empty if the subcommand has no operand types. */
  readonly operandType: string;
  /** The operand; empty if there is none. */
  readonly operand: string;
  readonly location: TableLocation;
  readonly json: JsonCounterFormat | undefined;
  /** The subcommand's own options with their values, by long name. */
  readonly options: ReadonlyMap<string, string | undefined>;
}

const SECONDS = /^\d{1,9}$/;

/**
 * Parses the arguments of a subcommand: its own options, and the common ones before and after it. Throws a
 * CommandError.
 */
export function readSubcommandLine(subcommand: Subcommand, args: readonly string[]): SubcommandLine {
  const { name, operandTypes = [], operand, options } = subcommand;
  const fail = (problem: string): never => {
    throw new CommandError(`${problem} (see ipvs ${name} --help)`, Status.USAGE_ERROR);
  };
  const reader = new OptionReader(args, optionsBySpelling([...options, ...commonOptions(), HELP]));
  const given = new Map<string, string | undefined>();
  try {
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      const { option, typed, value } = next;
      if (given.has(option.long)) fail(`${typed}: given twice`);
      given.set(option.long, value);
    }
  } catch (error) {
    if (!(error instanceof CommandError) || error.status === Status.USAGE_ERROR) throw error;
    fail(error.message);
  }
  const operandType = operandTypes.length === 0 ? '' : (reader.operands.shift() ?? '');
  const line: SubcommandLine = {
    help: given.has('help'),
    operandType,
    operand: reader.operands[0] ?? '',
    location: locationOf(given),
    json: given.has('json-numbers') ? 'numbers' : given.has('json') ? 'strings' : undefined,
    options: new Map([...given].filter(([long]) => options.some((option) => option.long === long))),
  };
  if (line.help) return line;
  if (operandTypes.length > 0 && !operandTypes.includes(operandType))
    fail(
      operandType === ''
        ? `${name}: needs ${operandTypes.join(' or ')} and a file`
        : `${name} ${operandType}: must be ${operandTypes.join(' or ')}`,
    );
  for (const [long, value] of given) checkOption(subcommand, long, value, fail);
  const [one, other] = LOCATION_OPTIONS.filter((long) => given.has(long));
  if (other !== undefined) fail(`--${other}: cannot be used with --${one}`);
  if (given.has('single') && given.has('per-service')) fail('--per-service: cannot be used with --single');
  const extra = reader.operands[operand === undefined ? 0 : 1];
  if (extra !== undefined) fail(`${extra}: unexpected with ${name}`);
  const replaced = subcommand.operandOption !== undefined && given.has(subcommand.operandOption);
  if (operand !== undefined && line.operand === '' && !replaced)
    fail(`${name}: needs ${operand.description}`);
  return line;
}

function checkOption(
  { name, options, common }: Subcommand,
  long: string,
  value: string | undefined,
  fail: (problem: string) => never,
): void {
  const own = options.find((option) => option.long === long);
  if (own === undefined && !common.includes(long)) fail(`--${long}: cannot be used with ${name}`);
  const choices = optionChoices[long];
  if (own === undefined || value === undefined) return;
  if (choices !== undefined && !choices.includes(value))
    fail(`--${long} ${value}: must be ${choices.join(' or ')}`);
  if (own.value === 'seconds' && !SECONDS.test(value))
    fail(
      `--${long} ${value}: must be a whole number of seconds${/^\d+$/.test(value) ? ' below 1000000000' : ''}`,
    );
}

function locationOf(given: ReadonlyMap<string, string | undefined>): TableLocation {
  const netns = given.get('netns');
  return {
    netns: netns === undefined ? undefined : namespacePath('--netns', netns),
    from: given.get('from'),
    fake: given.has('fake') ? { file: given.get('fake') } : undefined,
    strategy: given.has('single') ? 'single' : given.has('per-service') ? 'per-service' : 'auto',
  };
}
