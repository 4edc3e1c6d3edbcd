import type { OptionDescription } from '../parse/options.ts';
import {
  type Completion,
  completionOf,
  flagsByScheduler,
  quote,
  subcommands,
  topLevelOptions,
} from './completions.ts';

function argumentsFor(completion: Completion | undefined): string {
  if (completion === undefined) return '';
  const { kind, argument = '' } = completion;
  return {
    choices: ` -a ${quote(argument)}`,
    services: ` -a '(__ipvs_services ${argument})'`,
    servers: " -a '(__ipvs_servers)'",
    flags: " -a '(__ipvs_flags)'",
    namespaces: " -a '(command ls /run/netns 2>/dev/null)'",
    files: '',
  }[kind];
}

function line(option: OptionDescription, condition: string): string {
  const { long, short, value, valueOptional, help } = option;
  const completion = completionOf(option);
  const files = completion?.kind === 'files' || completion?.kind === 'namespaces';
  const required = value === undefined || valueOptional !== undefined ? '' : files ? ' -r -F' : ' -x';
  const names = `-l ${long}${short === undefined ? '' : ` -s ${short}`}`;
  return `complete -c ipvs -n ${quote(condition)} ${names}${required}${argumentsFor(completion)} -d ${quote(help)}`;
}

/** Returns the completion script for fish. */
export function fishScript(): string {
  const names = subcommands.map(({ subcommand }) => subcommand.name).join(' ');
  const unique = new Map(topLevelOptions.map((option) => [`${option.long} ${option.short}`, option]));
  const noSubcommand = `not __fish_seen_subcommand_from ${names}`;
  const lines = [...unique.values()].map((option) => line(option, noSubcommand));
  for (const { subcommand, options } of subcommands) {
    const { name, operandTypes = [], operand } = subcommand;
    const condition = `__fish_seen_subcommand_from ${name}`;
    if (operandTypes.length > 0)
      lines.push(`complete -c ipvs -n ${quote(condition)} -a ${quote(operandTypes.join(' '))}`);
    if (operand !== undefined) {
      const words = operand.choices === undefined ? '-F' : `-a ${quote(operand.choices.join(' '))}`;
      lines.push(`complete -c ipvs -n ${quote(condition)} ${words}`);
    }
    lines.push(...options.map((option) => line(option, condition)));
  }
  return `# fish completion for ipvs
function __ipvs_where
  set -l last
  for word in (commandline -opc)
    switch $last
      case --netns --from
        echo $last
        echo $word
    end
    string match -rq -- '^--(netns|from|fake)=|^--fake$' $word; and echo $word
    set last $word
  end
end
function __ipvs_rules
  ipvs (__ipvs_where) -Sn 2>/dev/null
end
function __ipvs_value
  set -l found
  set -l last
  for word in (commandline -opc)
    contains -- $last $argv; and set found $word
    set last (string replace -r -- '^-[^-]*([^-])$' '-$1' $word)
  end
  echo $found
end
function __ipvs_services
  __ipvs_rules | awk -v kind=$argv[1] '$1 == "-A" && $2 == kind { print $3 }'
end
function __ipvs_servers
  set -l service (__ipvs_value -t -u -f --tcp-service --udp-service --sctp-service --fwmark-service)
  __ipvs_rules | awk -v service=$service '$1 == "-a" && $3 == service { print $5 }'
end
function __ipvs_flags
  switch (__ipvs_value -s --scheduler)
${flagsByScheduler.map(([scheduler, flags]) => `    case ${quote(scheduler)}\n      printf '%s\\n' ${flags.join(' ')}`).join('\n')}
  end
end
complete -c ipvs -f
complete -c ipvs -n '${noSubcommand}' -a ${quote(names)}
${lines.join('\n')}
`;
}
