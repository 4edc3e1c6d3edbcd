import { type Described, optionSections } from '../parse/options.ts';
import { anywhereOptions } from '../parse/subcommands/subcommand-place.ts';
import { type Subcommand, subcommandTable } from '../parse/subcommands/subcommand-table.ts';
import { schedulerFlagWords, valueWords } from '../parse/values/value-words.ts';

/** The completions of a value. */
export type Completion =
  | { readonly by: 'words'; readonly words: readonly string[] }
  /** Existing services whose rules begin with `kind`. */
  | { readonly by: 'services'; readonly kind: string }
  /** Real servers of the service before it. */
  | { readonly by: 'servers' }
  /** Flags of the scheduler before it. */
  | { readonly by: 'flags' }
  | { readonly by: 'namespaces' }
  | { readonly by: 'files' };

const SPECIAL: Readonly<Record<string, Completion>> = {
  'tcp-service': { by: 'services', kind: '-t' },
  'udp-service': { by: 'services', kind: '-u' },
  'sctp-service': { by: 'services', kind: '--sctp-service' },
  'fwmark-service': { by: 'services', kind: '-f' },
  'real-server': { by: 'servers' },
  'sched-flags': { by: 'flags' },
  netns: { by: 'namespaces' },
  from: { by: 'files' },
  fake: { by: 'files' },
  ...Object.fromEntries(
    ['state', 'cacert', 'cert', 'key', 'password-file'].map((name) => [name, { by: 'files' }] as const),
  ),
};

/** The completion of an option's value; undefined for an unknown option. */
export function completionOf({ long }: Described): Completion | undefined {
  const words = valueWords[long];
  return words === undefined ? SPECIAL[long] : { by: 'words', words };
}

/** The options of commands that are options themselves, as with ipvsadm. */
export const commandOptions: readonly Described[] = optionSections.flatMap((section) => section.options);

/** The subcommands with the options that go with each. */
export const subcommands: readonly {
  readonly subcommand: Subcommand;
  readonly options: readonly Described[];
}[] = subcommandTable.map((subcommand) => ({
  subcommand,
  options: [
    ...subcommand.options,
    ...anywhereOptions().filter(({ long }) => subcommand.common.includes(long)),
    { long: 'help', short: 'h', help: 'show its options' },
  ],
}));

/** Every option of any command, each once. */
export const allOptions: readonly Described[] = [
  ...new Map(
    [...commandOptions, ...subcommands.flatMap(({ options }) => options)].map((option) => [
      option.long,
      option,
    ]),
  ).values(),
];

/** An option as it is typed: short, if it has a letter, and long. */
export function spellings({ long, short }: Described): string[] {
  return short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`];
}

/** The flags that go with each scheduler that has flags of its own; `*` for all others. */
export const flagsByScheduler: readonly (readonly [scheduler: string, flags: readonly string[]])[] = [
  ...Object.entries(schedulerFlagWords.own).map(
    ([scheduler, own]) => [scheduler, [...own, 'flag-3']] as const,
  ),
  ['*', schedulerFlagWords.any],
];

/** A text as a word of a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
