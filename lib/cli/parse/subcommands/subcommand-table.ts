import { type Described, optionSections } from '../options.ts';
import { reconcileOptions } from './reconcile-options.ts';

/** A subcommand. */
export interface Subcommand {
  readonly name: string;
  /** What it does, in a sentence or two. */
  readonly summary: string;
  /** Its operand: as usage shows it, and as a message names it. */
  readonly operand?: { readonly shown: string; readonly needed: string; readonly words?: readonly string[] };
  /** What its operand is, one of these words, which stands before it. */
  readonly kinds?: readonly string[];
  /** Whether it is about a real server of a service, which options name. */
  readonly aboutServer?: boolean;
  /** An option that can stand for the operand. */
  readonly operandIn?: string;
  /** Its own options. */
  readonly options: readonly Described[];
  /** The common options that it takes, by their long names. */
  readonly common: readonly string[];
}

const FILE = { shown: 'FILE', needed: 'a file with a desired state, or - for standard input' };
const SHELLS = ['bash', 'zsh', 'fish'];

const format: Described = {
  long: 'format',
  value: 'json|yaml',
  help: 'how the file is written; told from its name or its text by default',
};

const planning: readonly Described[] = [
  { long: 'remove', value: 'all|destinations|nothing', help: 'what goes that the file does not have' },
  {
    long: 'allow-removal',
    value: 'any|percent',
    help: 'remove more than half of the table: any, or so many percent',
  },
  { long: 'absent', value: 'default|leave', help: 'what a setting that the file leaves out becomes' },
  { long: 'keep-weights', help: 'leave the weights of existing destinations' },
  format,
];

/** The options that name a service and one of its real servers. */
const TARGET = ['tcp-service', 'udp-service', 'sctp-service', 'fwmark-service', 'ipv6', 'real-server'];
const target: readonly Described[] = optionSections
  .flatMap(({ options }) => options)
  .filter(({ long }) => TARGET.includes(long));

const table: readonly string[] = ['netns', 'fake', 'single', 'per-service'];

/** The subcommands, in the order in which help shows them. */
export const subcommandTable: readonly Subcommand[] = [
  {
    name: 'info',
    summary: 'Says what the kernel offers, what is missing and how to fix it.',
    options: [],
    common: [...table, 'json', 'json-numbers'],
  },
  {
    name: 'decode',
    summary: 'Prints every netlink message of a capture.',
    operand: { shown: 'FILE', needed: 'the path of a capture (pcap)' },
    operandIn: 'from',
    options: [],
    common: ['from'],
  },
  {
    name: 'apply',
    summary:
      'Makes the table what a file says, and shows what that changes. The status is 0 when the table is so\n' +
      'afterwards, 1 when something still differs, 2 when nothing could be done.',
    operand: FILE,
    options: [
      ...planning,
      { long: 'drain', value: 'seconds', help: 'let connections of what goes end for so long' },
      { long: 'quiet', help: 'do not show what changes' },
    ],
    common: table,
  },
  {
    name: 'diff',
    summary:
      'Shows what apply would change, and changes nothing. The status is 0 when that is nothing, 1 when it\n' +
      'is something, 2 when it cannot be told.',
    operand: FILE,
    options: planning,
    common: [...table, 'from', 'json', 'json-numbers'],
  },
  {
    name: 'export',
    summary: 'Writes the table as a file that apply and diff read.',
    options: [{ ...format, help: 'how the file is written; JSON by default' }],
    common: [...table, 'from', 'json', 'json-numbers'],
  },
  {
    name: 'import',
    summary:
      'Writes what another program is configured to make of the table, every real server being up, as a file that\n' +
      'apply and diff read. What such a file cannot hold, health checks for one, is told on standard error. The\n' +
      'status is 0 when the file was written, 2 when not.',
    kinds: ['keepalived'],
    operand: { shown: 'FILE', needed: 'its configuration (keepalived.conf), or - for standard input' },
    options: [
      { ...format, help: 'how the file is written; YAML by default' },
      { long: 'config-id', value: 'name', help: "what lines with @name are for; the host's name by default" },
      { long: 'quiet', help: 'do not tell what the file cannot hold' },
    ],
    common: [],
  },
  {
    name: 'reconcile',
    summary:
      'Keeps the table at what SOURCE says until it is stopped. SOURCE is a file; a folder, whose .json, .yaml and\n' +
      '.yml files are taken together; or etcd:KEY, where a KEY that ends in / is a prefix. What is empty, cannot be\n' +
      'reached or holds mistakes changes nothing: that is said, and the last good state stays. A state that has no\n' +
      'service, or removes more than --allow-removal says, waits for the signal SIGUSR2. SIGHUP reads the source\n' +
      'again, SIGTERM ends it. With --once the status is 0 when the table is so afterwards, 1 when something still\n' +
      'differs, 2 when nothing could be done.\n\n' +
      '  ipvs reconcile /etc/ipvs/wanted.yaml --once --dry-run\n' +
      '  ipvs reconcile /etc/ipvs/wanted.d --drain 300 --state /var/lib/ipvs/state.json\n' +
      '  ipvs reconcile etcd:/ipvs/edge/ --endpoints https://192.0.2.11:2379,https://192.0.2.12:2379',
    operand: { shown: 'SOURCE', needed: 'a file, a folder, or etcd:KEY' },
    options: [...planning, ...reconcileOptions],
    common: table,
  },
  {
    name: 'weight',
    summary:
      'Sets the weight of a real server, 0 to give it no new connections, and leaves all its other settings as\n' +
      'they are. The status is 0 when it is set, 2 when not.',
    aboutServer: true,
    operand: { shown: 'WEIGHT', needed: 'a weight, 0 for no new connections', words: ['0'] },
    options: target,
    common: ['netns', 'fake'],
  },
  {
    name: 'drain',
    summary:
      'Sets the weight of a real server to 0 and waits until its connections have ended, persistence templates\n' +
      'included. What is interrupted leaves the weight 0. The status is 0 when the connections have ended or\n' +
      'the server was removed, 1 when connections are left, or another writer gave it a weight, 2 when nothing\n' +
      'could be done.',
    aboutServer: true,
    options: [
      ...target,
      { long: 'for', value: 'seconds', help: 'wait no longer than this' },
      { long: 'remove', help: 'remove it afterwards, also when connections are left' },
      { long: 'inactive', help: 'wait for inactive connections, too' },
      { long: 'quiet', help: 'do not show its connections' },
    ],
    common: ['netns', 'fake', 'json', 'json-numbers'],
  },
  {
    name: 'watch',
    summary:
      'Prints each service and real server that is added (+), removed (-) or set otherwise (~), a line for each\n' +
      'change, with the time of the read that shows it, until it is interrupted. It is the net difference between\n' +
      'two reads: what comes and goes in between is not seen. With a service it is about that one alone.',
    options: [
      ...target.filter(({ long }) => long !== 'real-server'),
      { long: 'period', value: 'seconds', help: 'time between two reads; 1 by default' },
    ],
    common: [...table, 'json', 'json-numbers'],
  },
  {
    name: 'top',
    summary:
      'Shows services by their connections and rates, live: q quits, h shows all keys, enter opens the real servers\n' +
      'of a service. With a service it shows those at once. Where standard output is no terminal it prints one table\n' +
      'with exact numbers; --once does so at a terminal, too.',
    options: [
      ...target.filter(({ long }) => long !== 'real-server'),
      { long: 'sort', value: 'key', help: 'conns by default, or rate, bytes, total, address' },
      { long: 'filter', value: 'text', help: 'only rows with this text: of an address, a port, a scheduler' },
      { long: 'interval', value: 'seconds', help: 'time between two reads; 2 by default' },
      { long: 'once', help: 'print one table' },
      { long: 'count', value: 'number', help: 'print so many tables' },
      { long: 'rows', value: 'number', help: 'print tables, of so many rows at most' },
    ],
    common: [...table, 'from'],
  },
  {
    name: 'exporter',
    summary:
      'Serves the table to Prometheus over HTTP until it is interrupted: /metrics in the text format that the\n' +
      'scraper prefers, and /healthz, whose status is 200 while IPVS answers. Scrapes at the same time share one\n' +
      'dump. What differs only in labels that are left out is added up, so\n' +
      '  ipvs exporter --labels service\n' +
      'gives each service the sum of its real servers. Labels: service, family, protocol, address, port, mark,\n' +
      'destination_address, destination_port.',
    options: [
      { long: 'listen', value: '[host:]port', help: 'where to listen; 127.0.0.1:10917 by default' },
      { long: 'names', value: 'ipvs|node|both', help: "whose names metrics have; node is node_exporter's" },
      { long: 'labels', value: 'labels', help: 'the labels to keep, with commas; all but family by default' },
      {
        long: 'service-names',
        value: 'file',
        help: 'a desired state whose services have a name, for service',
      },
    ],
    common: table,
  },
  {
    name: 'completion',
    summary: 'Prints a script that teaches a shell to complete command lines.',
    operand: { shown: SHELLS.join('|'), needed: 'bash, zsh or fish', words: SHELLS },
    options: [],
    common: [],
  },
];
