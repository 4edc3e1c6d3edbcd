import type { OptionDescription } from '../parse/options.ts';
import {
  type Completion,
  completionOf,
  flagsByScheduler,
  patternOf,
  spellings,
  subcommands,
  topLevelOptions,
} from './completions.ts';

/** Returns the command that sets `words` and `files` in the script's function. */
function assignment(completion: Completion | undefined): string {
  if (completion === undefined) return ':';
  const { kind, argument } = completion;
  return {
    choices: `words='${argument}'`,
    services: `words=$(_ipvs_services ${argument})`,
    servers: 'words=$(_ipvs_servers "$service")',
    flags: 'words=$(_ipvs_flags "$scheduler")',
    namespaces: 'words=$(ls /run/netns 2>/dev/null) files=1',
    files: 'files=1',
  }[kind];
}

const names = subcommands.map(({ subcommand }) => subcommand.name);

function takesNext({ value, valueOptional }: OptionDescription): boolean {
  return value !== undefined && valueOptional !== 'attached';
}

/** Returns the case for the value of an option: its pattern is `wildcard`, `prefix` and the option. */
function valueCase(prefix: string, option: OptionDescription, wildcard = ''): string {
  const patterns = spellings(option).map((spelling) => `${wildcard}'${prefix}${spelling}'`);
  return `    ${patterns.join('|')}) ${assignment(completionOf(option))} ;;`;
}

/** Returns the completion script for bash. */
export function bashScript(): string {
  // An option of the same name may have another meaning in another subcommand.
  const valueCases = [
    ...subcommands.flatMap(({ subcommand: { name, options } }) =>
      options.filter(takesNext).map((option) => valueCase(`${name} `, option)),
    ),
    ...topLevelOptions.filter(takesNext).map((option) => valueCase(' ', option, '*')),
  ];
  const subcommandCases = subcommands.map(({ subcommand: { name, operandTypes = [], operand }, options }) => {
    const files = operand !== undefined && operand.choices === undefined ? ' files=1' : '';
    const words = [...options.flatMap(spellings), ...operandTypes, ...(operand?.choices ?? [])];
    return `      ${name}) words='${words.join(' ')}'${files} ;;`;
  });
  const all = [...new Set(topLevelOptions.flatMap(spellings)), ...names].join(' ');
  return `# bash completion for ipvs
_ipvs_services() { ipvs "\${where[@]}" -Sn 2>/dev/null | awk -v kind="$1" '$1 == "-A" && $2 == kind { print $3 }'; }
_ipvs_servers() { ipvs "\${where[@]}" -Sn 2>/dev/null | awk -v service="$1" '$1 == "-a" && $3 == service { print $5 }'; }
_ipvs_flags() {
  case $1 in
${flagsByScheduler.map(([scheduler, flags]) => `    ${scheduler}) echo ${flags.join(' ')} ;;`).join('\n')}
  esac
}
_ipvs() {
  # Words may contain brackets, which are not patterns here.
  local -; set -f
  local current previous word last='' words='' files='' subcommand='' scheduler=wlc service='' line
  local -a typed where=()
  # The line as it was typed: bash splits words at colons.
  line=\${COMP_LINE:0:COMP_POINT}
  read -ra typed <<< "$line"
  case $line in *[[:space:]]) typed+=('') ;; esac
  for word in "\${typed[@]:1:\${#typed[@]}-2}"; do
    case $last in
      -s|--scheduler) scheduler=$word ;;
      ${patternOf('services')}) service=$word ;;
      --netns|--from) where=("$last" "$word") ;;
    esac
    case $word in
      --netns=*|--from=*|--fake=*|--fake) where=("$word") last=$word ;;
      -[!-]*) last=-\${word: -1} ;;
      *) last=$word ;;
    esac
    case $word in ${names.join('|')}) [ -z "$subcommand" ] && subcommand=$word ;; esac
  done
  previous=$last current=\${typed[\${#typed[@]}-1]}
  case $current in --*=*) previous=\${current%%=*} current=\${current#*=} ;; esac
  case "$subcommand $previous" in
    *' --fake') [ "$previous" = "$last" ] || files=1 ;;&
${valueCases.join('\n')}
    *) [ -n "$files" ] || case $subcommand in
${subcommandCases.join('\n')}
      *) words='${all}' ;;
    esac ;;
  esac
  COMPREPLY=()
  for word in $words; do
    case $word in "$current"*) COMPREPLY+=("$word") ;; esac
  done
  if [ -n "$files" ]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$current")
  fi
  # Bash replaces only the part after the last colon.
  if [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*:}"}"}")
  fi
}
complete -F _ipvs ipvs
`;
}
