import type { OptionDescription } from '../parse/options.ts';
import {
  type Completion,
  completionOf,
  flagsByScheduler,
  patternOf,
  quote,
  spellings,
  subcommands,
  topLevelOptions,
} from './completions.ts';

function actionFor(completion: Completion | undefined): string {
  if (completion === undefined) return ' ';
  const { kind, argument } = completion;
  return {
    choices: `(${argument})`,
    services: ` _ipvs_services ${argument}`,
    servers: ' _ipvs_servers',
    flags: ' _ipvs_flags',
    namespaces: ' _ipvs_namespaces',
    files: '_files',
  }[kind];
}

/** Returns the specifications of an option for `_arguments`, quoted. */
function specs(option: OptionDescription): string[] {
  const help = option.help.replace(/[[\]:]/g, '');
  const message = option.value?.replaceAll(':', ' ');
  const value = message === undefined ? '' : `:${message}:${actionFor(completionOf(option))}`;
  const attached = option.valueOptional === 'attached' ? '=-' : '';
  return spellings(option).map((spelling) =>
    quote(`${spelling}${attached}[${help}]${option.valueOptional ? `:${value}` : value}`),
  );
}

/** Returns the completion script for zsh. */
export function zshScript(): string {
  const names = subcommands.map(({ subcommand }) => subcommand.name);
  const cases = subcommands.map(({ subcommand: { name, operandTypes = [], operand }, options }) => {
    const action = operand?.choices === undefined ? '_files' : `(${operand.choices.join(' ')})`;
    const types = operandTypes.length === 0 ? [] : [quote(`2:kind:(${operandTypes.join(' ')})`)];
    const position = 2 + types.length;
    const operands =
      operand === undefined ? [] : [quote(`${position}:${operand.usage.replaceAll('|', ' ')}:${action}`)];
    const all = [...options.flatMap(specs), quote(`1: :(${name})`), ...types, ...operands];
    return `    ${name}) _arguments : \\\n      ${all.join(' \\\n      ')} ;;`;
  });
  const all = [...new Set(topLevelOptions.flatMap(specs)), quote(`1: :(${names.join(' ')})`)];
  return `#compdef ipvs
_ipvs_services() {
  compadd -- \${(f)"$(ipvs $where -Sn 2>/dev/null | awk -v kind=$1 '$1 == "-A" && $2 == kind { print $3 }')"}
}
_ipvs_servers() {
  compadd -- \${(f)"$(ipvs $where -Sn 2>/dev/null | awk -v service=$service '$1 == "-a" && $3 == service { print $5 }')"}
}
_ipvs_namespaces() { compadd -- /run/netns/*(N:t); _files }
_ipvs_flags() {
  case $scheduler in
${flagsByScheduler.map(([scheduler, flags]) => `    ${scheduler}) compadd -- ${flags.join(' ')} ;;`).join('\n')}
  esac
}
_ipvs() {
  local subcommand= scheduler=wlc service= word last=
  local -a where
  for word in \${words[2,CURRENT-1]}; do
    case $last in
      -s|--scheduler) scheduler=$word ;;
      ${patternOf('services')}) service=$word ;;
      --netns|--from) where=($last $word) ;;
    esac
    case $word in
      --netns=*|--from=*|--fake=*|--fake) where=($word) last=$word ;;
      -[^-]*) last=-\${word[-1]} ;;
      *) last=$word ;;
    esac
    case $word in ${names.join('|')}) [[ -z $subcommand ]] && subcommand=$word ;; esac
  done
  case $subcommand in
${cases.join('\n')}
    *) _arguments -s : \\
      ${all.join(' \\\n      ')} ;;
  esac
}
compdef _ipvs ipvs
`;
}
