import { schedulerFlags } from '../../../protocol/ipvs/index.ts';
import { type OptionDescription, optionSections } from '../parse/options.ts';
import { commonOptions, HELP } from '../parse/subcommands/find-subcommand.ts';
import { type Subcommand, subcommandList } from '../parse/subcommands/subcommand-table.ts';
import { optionChoices } from '../parse/values/choices.ts';

const ALL_FLAGS = 0xffffffff;

/** How the value of an option is completed. */
export interface Completion {
  /**
   * `servers` offers the real servers of the service given earlier on the command line; `flags`, the flags of the
   * scheduler given earlier.
   */
  readonly kind: 'choices' | 'services' | 'servers' | 'flags' | 'namespaces' | 'files';
  /** The choices, separated by spaces, or the option that identifies the service. */
  readonly argument?: string;
}

/** The completions of values that are not fixed choices, by the long name of the option. */
const COMPLETIONS: Readonly<Record<string, Completion>> = {
  'tcp-service': { kind: 'services', argument: '-t' },
  'udp-service': { kind: 'services', argument: '-u' },
  'sctp-service': { kind: 'services', argument: '--sctp-service' },
  'fwmark-service': { kind: 'services', argument: '-f' },
  'real-server': { kind: 'servers' },
  'sched-flags': { kind: 'flags' },
  netns: { kind: 'namespaces' },
  from: { kind: 'files' },
  fake: { kind: 'files' },
  ...Object.fromEntries(
    ['state', 'cacert', 'cert', 'key', 'password-file'].map((name) => [name, { kind: 'files' }] as const),
  ),
};

/** Returns the completion of an option's value; undefined if there is none. */
export function completionOf({ long }: OptionDescription): Completion | undefined {
  const choices = optionChoices[long];
  return choices === undefined ? COMPLETIONS[long] : { kind: 'choices', argument: choices.join(' ') };
}

/** The options of command lines without a subcommand. */
export const topLevelOptions: readonly OptionDescription[] = optionSections.flatMap(
  (section) => section.options,
);

/** The subcommands with the options of each. */
export const subcommands: readonly {
  readonly subcommand: Subcommand;
  readonly options: readonly OptionDescription[];
}[] = subcommandList.map((subcommand) => ({
  subcommand,
  options: [
    ...subcommand.options,
    ...commonOptions().filter(({ long }) => subcommand.common.includes(long)),
    HELP,
  ],
}));

/** Every option of any command, each once. */
const allOptions: readonly OptionDescription[] = [
  ...new Map(
    [...topLevelOptions, ...subcommands.flatMap(({ options }) => options)].map((option) => [
      option.long,
      option,
    ]),
  ).values(),
];

/** Returns the spellings of an option: short, if there is one, and long. */
export function spellings({ long, short }: OptionDescription): string[] {
  return short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`];
}

/** Returns the spellings of all options whose value is completed in this way, as a pattern of `case`. */
export function patternOf(kind: Completion['kind']): string {
  return allOptions
    .filter((option) => completionOf(option)?.kind === kind)
    .flatMap(spellings)
    .join('|');
}

/** The flags of each scheduler with flags of its own; `*` stands for all others. */
export const flagsByScheduler: readonly (readonly [scheduler: string, flags: readonly string[]])[] = [
  'sh',
  'mh',
  '*',
].map((scheduler) => [scheduler, schedulerFlags(scheduler, ALL_FLAGS)]);

/** Quotes a text as a word of a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
