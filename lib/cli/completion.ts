import { type CommandLineOption, optionSections, subcommands } from './parse/options.ts';

/** Words that can follow an option. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  scheduler: ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'],
  'sched-flags': ['flag-1', 'flag-2', 'flag-3', 'sh-fallback', 'sh-port', 'mh-fallback', 'mh-port'],
  pe: ['sip'],
  'tun-type': ['ipip', 'gue', 'gre'],
  'start-daemon': ['master', 'backup'],
  'stop-daemon': ['master', 'backup'],
};
/** Subcommands that take the path of a file. */
const FILES = ['decode', 'apply', 'diff'];
const SHELLS = ['bash', 'zsh', 'fish'];
/** Options that take the path of a file. */
const PATHS = ['from', 'netns'];

const options: readonly CommandLineOption[] = optionSections.flatMap((section) => section.options);

function spellings({ long, short }: CommandLineOption): string[] {
  return short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bash(): string {
  const cases = options
    .filter(({ long, value }) => value !== undefined && !PATHS.includes(long))
    .map(
      (option) => `    ${spellings(option).join('|')}) words='${(VALUES[option.long] ?? []).join(' ')}' ;;`,
    );
  const paths = options.filter(({ long }) => PATHS.includes(long)).flatMap(spellings);
  const all = [...new Set(options.flatMap(spellings))].join(' ');
  return `# bash completion for ipvs
_ipvs() {
  local words current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  case $previous in
    ${[...paths, ...FILES].join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
    completion) words='${SHELLS.join(' ')}' ;;
${[...new Set(cases)].join('\n')}
    *) words='${all}'; [ "$COMP_CWORD" -eq 1 ] && words="$words ${subcommands.join(' ')}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _ipvs ipvs
`;
}

function zsh(): string {
  const lines = options.flatMap((option) =>
    spellings(option).map((spelling) => {
      const help = option.help.replace(/[[\]:]/g, '');
      const values = VALUES[option.long]?.join(' ');
      const action = PATHS.includes(option.long) ? '_files' : values === undefined ? '' : `(${values})`;
      const value = option.value === undefined ? '' : `:${option.value.replaceAll(':', ' ')}:${action}`;
      return `    ${quote(`${spelling}[${help}]${option.valueOptional ? `:${value}` : value}`)}`;
    }),
  );
  return `#compdef ipvs
_ipvs() {
  _arguments -s \\
${[...new Set(lines)].join(' \\\n')} \\
    '1: :(${subcommands.join(' ')})' \\
    '*:file:_files'
}
compdef _ipvs ipvs
`;
}

function fish(): string {
  const lines = options.map((option) => {
    const { long, short, value, help } = option;
    const values = VALUES[long] === undefined ? '' : ` -a ${quote(VALUES[long].join(' '))}`;
    const required = value === undefined || option.valueOptional ? '' : PATHS.includes(long) ? ' -r' : ' -x';
    return `complete -c ipvs -l ${long}${short === undefined ? '' : ` -s ${short}`}${required}${values} -d ${quote(help)}`;
  });
  return `# fish completion for ipvs
complete -c ipvs -f
complete -c ipvs -n __fish_use_subcommand -a ${quote(subcommands.join(' '))}
complete -c ipvs -n '__fish_seen_subcommand_from ${FILES.join(' ')}' -F
complete -c ipvs -n '__fish_seen_subcommand_from completion' -a ${quote(SHELLS.join(' '))}
${lines.join('\n')}
`;
}

/** The script that teaches a shell to complete ipvs; undefined for a shell without one here. */
export function completionScript(shell: string): string | undefined {
  if (shell === 'bash') return bash();
  if (shell === 'zsh') return zsh();
  return shell === 'fish' ? fish() : undefined;
}
