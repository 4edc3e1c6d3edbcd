import { optionSections, subcommandNames } from '../../../lib/cli/parse/options.ts';

const options = optionSections.flatMap(({ options: some }) => some);

/** Every option, and values for options, each as an argument on a line of its own; and parts of such arguments. */
export const COMMAND_WORDS: readonly string[] = [
  ...options.flatMap(({ long, short }) => [
    `\n--${long}`,
    `--${long}=`,
    ...(short === undefined ? [] : [`\n-${short}`]),
  ]),
  ...[
    ...subcommandNames,
    '--',
    '10.0.0.1:80',
    '10.1.0.1',
    '[fd00::1]:53',
    'fd00::2%eth0',
    'mh',
    'sh',
    'sip',
    'mh-port',
    'gue',
    'master',
  ].map((word) => `\n${word}`),
  ...['\n', '=', ':', ',', '[', ']', '0', '255.255.255.0', 'http'],
];
