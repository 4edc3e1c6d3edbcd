import { type OptionDescription, optionSections } from './parse/options.ts';
import { commonOptions } from './parse/subcommands/find-subcommand.ts';
import { type Subcommand, subcommandList } from './parse/subcommands/subcommand-table.ts';

const USAGE = `Usage:
  ipvs -A|-E service [-s scheduler] [-p [seconds]] [-M mask] [--pe engine] [-b flags] [-o]
  ipvs -D service
  ipvs -C
  ipvs -a|-e service -r server [-g|-i|-m] [-w weight] [-x upper] [-y lower] [tunnel options]
  ipvs -d service -r server
  ipvs [-L|-l] [service] [listing options]
  ipvs -S [-n] [--lossless] [--json]
  ipvs -R [--check] [--keep-going]
  ipvs -Z [service]
  ipvs --set tcp tcpfin udp
  ipvs --start-daemon master|backup [daemon options]
  ipvs --stop-daemon master|backup [--syncid id]
${subcommandList.map((subcommand) => `  ${usageOf(subcommand)}\n`).join('')}
A subcommand has help of its own: ipvs help apply, or ipvs apply --help
`;

/** Width of the column of options, in characters. */
const WIDTH = 36;

function optionLine(option: OptionDescription): string {
  const names = option.short === undefined ? `    --${option.long}` : `-${option.short}, --${option.long}`;
  const value =
    option.value === undefined ? '' : option.valueOptional ? optionalValue(option) : ` ${option.value}`;
  return `  ${`${names}${value}`.padEnd(WIDTH)}  ${option.help}`;
}

function optionalValue({ value, valueOptional }: OptionDescription): string {
  return valueOptional === 'attached' ? `[=${value}]` : ` [${value}]`;
}

function usageOf({ name, operandTypes = [], operand, options, takesRealServer }: Subcommand): string {
  const target = takesRealServer === true ? ['service', '-r server'] : [];
  const types = operandTypes.length > 0 ? [operandTypes.join('|')] : [];
  const parts = [
    'ipvs',
    name,
    ...types,
    ...target,
    ...(options.length > 0 ? ['[options]'] : []),
    operand?.usage ?? '',
  ];
  return parts.join(' ').trimEnd();
}

/** Returns the help of a subcommand. */
export function subcommandHelp(subcommand: Subcommand): string {
  const { summary, options, common } = subcommand;
  const own = options.length === 0 ? '' : `\nOptions:\n${options.map(optionLine).join('\n')}\n`;
  const others = commonOptions().filter(({ long }) => common.includes(long));
  const also =
    others.length === 0
      ? ''
      : `\nCommon options, before or after '${subcommand.name}':\n${others.map(optionLine).join('\n')}\n`;
  return `Usage: ${usageOf(subcommand)}\n\n${summary}\n${own}${also}`;
}

/** Returns the help of the command. */
export function helpText(): string {
  const sections = optionSections.map(
    ({ title, options }) =>
      `\n${title}:\n${options
        .filter(({ short }) => short !== 'l')
        .map(optionLine)
        .join('\n')}\n`,
  );
  return `ipvs: administers the Linux virtual server table; accepts ipvsadm's command line\n\n${USAGE}${sections.join('')}`;
}
