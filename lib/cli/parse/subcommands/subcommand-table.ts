import { type OptionDescription, optionSections } from '../options.ts';
import { drainOption, reconcileOptionDescriptions } from './reconcile-options.ts';

/** A subcommand. */
export interface Subcommand {
  readonly name: string;
  /** What it does, in a sentence or two. */
  readonly summary: string;
  /** Its operand, as shown in the usage and as named in messages; completion offers its `choices`. */
  readonly operand?: {
    readonly usage: string;
    readonly description: string;
    readonly choices?: readonly string[];
  };
  /** The types of its operand: one of these words must precede it. */
  readonly operandTypes?: readonly string[];
  /** Whether options name the service and the real server that it changes. */
  readonly takesRealServer?: boolean;
  /** An option that can be given instead of the operand. */
  readonly operandOption?: string;
  /** Its own options. */
  readonly options: readonly OptionDescription[];
  /** The common options that it accepts, by long name. */
  readonly common: readonly string[];
}

const FILE = { usage: 'FILE', description: 'a desired-state file, or - for standard input' };
const SHELLS = ['bash', 'zsh', 'fish'];

const format: OptionDescription = {
  long: 'format',
  value: 'json|yaml',
  help: 'format of the file; by default from its name or contents',
};

const planningOptions: readonly OptionDescription[] = [
  { long: 'remove', value: 'all|destinations|nothing', help: 'what to remove that is not in the file' },
  {
    long: 'allow-removal',
    value: 'any|percent',
    help: 'how much of the table may be removed; default 50 percent',
  },
  { long: 'absent', value: 'default|leave', help: 'what to do with settings that the file leaves out' },
  { long: 'keep-weights', help: 'do not change the weights of existing real servers' },
  format,
];

/** The options that name a service and one of its real servers, by long name. */
const TARGET = ['tcp-service', 'udp-service', 'sctp-service', 'fwmark-service', 'ipv6', 'real-server'];
const targetOptions: readonly OptionDescription[] = optionSections
  .flatMap(({ options }) => options)
  .filter(({ long }) => TARGET.includes(long));

/** The common options of subcommands that read a table. */
const tableOptions: readonly string[] = ['netns', 'fake', 'single', 'per-service'];

/** The subcommands, in the order in which help shows them. */
export const subcommandList: readonly Subcommand[] = [
  {
    name: 'info',
    summary: 'Prints what the kernel supports, or what is missing and how to fix it.',
    options: [],
    common: [...tableOptions, 'json', 'json-numbers'],
  },
  {
    name: 'decode',
    summary: 'Prints every netlink message of a capture.',
    operand: { usage: 'FILE', description: 'the path of a capture (pcap)' },
    operandOption: 'from',
    options: [],
    common: ['from'],
  },
  {
    name: 'apply',
    summary:
      'Changes the table to the state in a desired-state file, and prints the changes. The exit status is 0 if the table\n' +
      'matches the file afterwards, 1 if something still differs, 2 if nothing could be done.',
    operand: FILE,
    options: [...planningOptions, drainOption, { long: 'quiet', help: 'do not print the changes' }],
    common: tableOptions,
  },
  {
    name: 'diff',
    summary:
      'Prints the changes that apply would make. The exit status is 0 if there are none, 1 if there are some, 2 if\n' +
      'that cannot be determined.',
    operand: FILE,
    options: planningOptions,
    common: [...tableOptions, 'from', 'json', 'json-numbers'],
  },
  {
    name: 'export',
    summary: 'Writes the table as a file for apply and diff.',
    options: [
      {
        long: 'with',
        value: 'settings',
        help: 'also write these settings: timeouts,daemons,sysctls or all',
      },
      { ...format, help: 'format of the file; default json' },
    ],
    common: [...tableOptions, 'from', 'json', 'json-numbers'],
  },
  {
    name: 'import',
    summary:
      'Converts the configuration of another program to a file for apply and diff, as if every real server were\n' +
      'healthy. Settings without an equivalent, such as health checks, are listed on standard error. The status\n' +
      'is 0 if the file was written, 2 if not.',
    operandTypes: ['keepalived'],
    operand: { usage: 'FILE', description: 'its configuration (keepalived.conf), or - for standard input' },
    options: [
      { ...format, help: 'format of the file; default yaml' },
      {
        long: 'config-id',
        value: 'name',
        help: 'configuration id for lines with @name; default: the host name',
      },
      { long: 'quiet', help: 'do not list settings without an equivalent' },
    ],
    common: [],
  },
  {
    name: 'reconcile',
    summary:
      'Keeps the table at the desired state in SOURCE until it is stopped. SOURCE is a file; a directory, whose\n' +
      '.json, .yaml and .yml files are merged; or etcd:KEY, where a KEY that ends in / is a prefix. A source that\n' +
      'is empty, unreachable or invalid changes nothing: it is reported, and the last good state stays in force.\n' +
      'A state without services, or one that removes more than --allow-removal permits, waits for confirmation by\n' +
      'SIGUSR2. SIGHUP reads the source again, SIGTERM stops it. With --once the status is 0 if the table matches\n' +
      'the state afterwards, 1 if something still differs, 2 if nothing could be done.\n\n' +
      '  ipvs reconcile /etc/ipvs/desired.yaml --once --dry-run\n' +
      '  ipvs reconcile /etc/ipvs/desired.d --drain 300 --state /var/lib/ipvs/state.json\n' +
      '  ipvs reconcile etcd:/ipvs/edge/ --endpoints https://192.0.2.11:2379,https://192.0.2.12:2379',
    operand: { usage: 'SOURCE', description: 'a file, a directory, or etcd:KEY' },
    options: [...planningOptions, ...reconcileOptionDescriptions],
    common: tableOptions,
  },
  {
    name: 'weight',
    summary:
      'Sets the weight of a real server and leaves its other settings unchanged; with 0 it gets no new\n' +
      'connections. The exit status is 0 if the weight was set, 2 if not.',
    takesRealServer: true,
    operand: { usage: 'WEIGHT', description: 'a weight, 0 for no new connections', choices: ['0'] },
    options: targetOptions,
    common: ['netns', 'fake'],
  },
  {
    name: 'drain',
    summary:
      'Sets the weight of a real server to 0 and waits until its connections have ended, persistence templates\n' +
      'included. If it is interrupted, the weight stays 0. The exit status is 0 if the connections have ended or the\n' +
      'server was removed, 1 if connections remain or another program set the weight, 2 if nothing could be done.',
    takesRealServer: true,
    options: [
      ...targetOptions,
      { long: 'for', value: 'seconds', help: 'maximum time to wait' },
      { long: 'remove', help: 'remove it afterwards, even if connections remain' },
      { long: 'inactive', help: 'also wait for inactive connections' },
      { long: 'quiet', help: 'do not print its connections' },
    ],
    common: ['netns', 'fake', 'json', 'json-numbers'],
  },
  {
    name: 'watch',
    summary:
      'Prints one line for each service and real server that is added (+), removed (-) or changed (~), with the\n' +
      'time of the read that showed it, until it is interrupted. Changes are net differences between two reads:\n' +
      'what is added and removed in between is not seen. With a service only that one is watched.',
    options: [
      ...targetOptions.filter(({ long }) => long !== 'real-server'),
      { long: 'period', value: 'seconds', help: 'time between two reads; default 1' },
    ],
    common: [...tableOptions, 'json', 'json-numbers'],
  },
  {
    name: 'top',
    summary:
      'Shows a live view of services with connections and rates: q quits, h shows all keys, enter opens the real\n' +
      'servers of a service. With a service it starts with its real servers. If standard output is not a terminal,\n' +
      'or with --once, it prints one table with exact numbers.',
    options: [
      ...targetOptions.filter(({ long }) => long !== 'real-server'),
      { long: 'sort', value: 'key', help: 'sort by conns (default), rate, bytes, total or address' },
      { long: 'filter', value: 'text', help: 'only rows with this text in address, port or scheduler' },
      { long: 'interval', value: 'seconds', help: 'time between two reads; default 2' },
      { long: 'once', help: 'print one table' },
      { long: 'count', value: 'number', help: 'print this number of tables' },
      { long: 'rows', value: 'number', help: 'print tables with at most this number of rows' },
    ],
    common: [...tableOptions, 'from'],
  },
  {
    name: 'exporter',
    summary:
      'Serves metrics of the table to Prometheus over HTTP until it is interrupted: /metrics in the format that\n' +
      'the scraper prefers, and /healthz, whose status is 200 while IPVS responds. Concurrent scrapes share one\n' +
      'dump. Values that differ only in labels that are left out are summed, so\n' +
      '  ipvs exporter --labels service\n' +
      'gives for each service the sum over its real servers. Labels: service, family, protocol, address, port,\n' +
      'mark, destination_address, destination_port.',
    options: [
      { long: 'listen', value: '[host:]port', help: 'address to listen on; default 127.0.0.1:10917' },
      { long: 'names', value: 'ipvs|node|both', help: 'names of metrics; node: those of node_exporter' },
      {
        long: 'labels',
        value: 'labels',
        help: 'labels to write, separated by commas; default all but family',
      },
      {
        long: 'service-names',
        value: 'file',
        help: 'desired-state file with names of services, for the label service',
      },
    ],
    common: tableOptions,
  },
  {
    name: 'completion',
    summary: 'Prints a completion script for a shell.',
    operand: { usage: SHELLS.join('|'), description: 'bash, zsh or fish', choices: SHELLS },
    options: [],
    common: [],
  },
];
