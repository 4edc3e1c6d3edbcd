import type { Family, Protocol, SchedulerFlag } from '../../../../protocol/ipvs/index.ts';
import type { Statement, Word } from '../syntax/blocks.ts';
import { type Forwarding, forwardingOf } from './forwarding.ts';
import { reasonNotImported } from './not-imported.ts';
import type { Endpoint, ValueReader } from './values.ts';

/** Maximum weight in keepalived (IPVS_WEIGHT_MAX); the kernel accepts larger ones. */
const MAX_WEIGHT = 65_535;
/** Default of `persistence_timeout`, in seconds (IPVS_SVC_PERSISTENT_TIMEOUT). */
export const DEFAULT_PERSISTENCE = 360;
const MAX_UNSIGNED = 0xffffffff;
/** Maximum length of the name of a scheduler or persistence engine, in characters. */
const MAX_NAME = 15;

/** The settings of a `real_server` block; undefined for those that it inherits from its virtual server. */
export interface RealServer extends Endpoint {
  readonly at: Word;
  readonly weight: number | undefined;
  readonly forwarding: Forwarding | undefined;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

/** The settings of a `virtual_server` block. */
export interface VirtualServer {
  readonly scheduler: string | undefined;
  readonly flags: readonly { readonly name: SchedulerFlag; readonly at: Word }[];
  readonly protocol: Protocol | undefined;
  readonly onePacket: boolean;
  readonly forwarding: Forwarding | undefined;
  readonly weight: number;
  readonly persistenceTimeout: number | undefined;
  readonly netmask: string | undefined;
  readonly prefixLength: number | undefined;
  readonly persistenceEngine: string | undefined;
  readonly family: Family | undefined;
  readonly realServers: readonly RealServer[];
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type Readers<Into> = Readonly<
  Record<string, (statement: Statement, values: ValueReader, into: Into) => void>
>;

const SCHEDULER_FLAGS: readonly SchedulerFlag[] = [
  'flag-1',
  'flag-2',
  'flag-3',
  'sh-port',
  'sh-fallback',
  'mh-port',
  'mh-fallback',
];

const realServerKeywords: Readers<Mutable<RealServer>> = {
  weight: (statement, values, into) => {
    into.weight = values.onlyNumber(statement, 0, MAX_WEIGHT);
  },
  lvs_method: (statement, values, into) => {
    into.forwarding = forwardingOf(statement, values);
  },
  uthreshold: (statement, values, into) => {
    into.upperThreshold = values.onlyNumber(statement, 0, MAX_UNSIGNED) ?? 0;
  },
  lthreshold: (statement, values, into) => {
    into.lowerThreshold = values.onlyNumber(statement, 0, MAX_UNSIGNED) ?? 0;
  },
};

type MutableVirtualServer = Mutable<Omit<VirtualServer, 'flags' | 'realServers'>> & {
  readonly flags: { name: SchedulerFlag; at: Word }[];
  readonly realServers: RealServer[];
};

const scheduler: Readers<MutableVirtualServer>[string] = (statement, values, into) => {
  into.scheduler = nameOf(statement, values);
};
const method: Readers<MutableVirtualServer>[string] = (statement, values, into) => {
  into.forwarding = forwardingOf(statement, values);
};

const virtualServerKeywords: Readers<MutableVirtualServer> = {
  lvs_sched: scheduler,
  lb_algo: scheduler,
  lvs_method: method,
  lb_kind: method,
  ops: (statement, values, into) => {
    into.onePacket = values.count(statement, 0, 0);
  },
  weight: (statement, values, into) => {
    into.weight = values.onlyNumber(statement, 1, MAX_WEIGHT) ?? 1;
  },
  protocol: (statement, values, into) => {
    const name = values.onlyWord(statement, ['TCP', 'UDP', 'SCTP']);
    into.protocol = name?.toLowerCase() as Protocol | undefined;
  },
  persistence_timeout: (statement, values, into) => {
    into.persistenceTimeout =
      statement.values.length === 0 ? DEFAULT_PERSISTENCE : values.onlyNumber(statement, 1, MAX_UNSIGNED);
  },
  persistence_granularity: (statement, values, into) => {
    if (!values.count(statement, 1, 1)) return;
    const [word] = statement.values;
    if (word!.text.includes('.')) into.netmask = values.endpoint(statement.keyword, word, undefined)?.address;
    else into.prefixLength = values.number(statement.keyword, word, 1, 128);
  },
  persistence_engine: (statement, values, into) => {
    into.persistenceEngine = nameOf(statement, values);
  },
  ip_family: (statement, values, into) => {
    const name = values.onlyWord(statement, ['inet', 'inet6']);
    into.family = name === undefined ? undefined : name === 'inet' ? 'ipv4' : 'ipv6';
  },
  real_server: (statement, values, into) => {
    const server = realServerOf(statement, values);
    if (server !== undefined) into.realServers.push(server);
  },
  ...Object.fromEntries(
    SCHEDULER_FLAGS.map((name): [string, Readers<MutableVirtualServer>[string]] => [
      name,
      (statement, values, into) => {
        if (values.count(statement, 0, 0)) into.flags.push({ name, at: statement.keyword });
      },
    ]),
  ),
};

/** Reads the settings of a `virtual_server` block; errors in it are reported. */
export function virtualServerOf(block: readonly Statement[], values: ValueReader): VirtualServer {
  const server: MutableVirtualServer = {
    scheduler: undefined,
    flags: [],
    protocol: undefined,
    onePacket: false,
    forwarding: undefined,
    weight: 1,
    persistenceTimeout: undefined,
    netmask: undefined,
    prefixLength: undefined,
    persistenceEngine: undefined,
    family: undefined,
    realServers: [],
  };
  readBlock('virtual_server', block, virtualServerKeywords, values, server);
  return server;
}

function realServerOf(statement: Statement, values: ValueReader): RealServer | undefined {
  const { keyword, values: words, block } = statement;
  if (!values.count(statement, 1, 2)) return undefined;
  const endpoint = values.endpoint(keyword, words[0], words[1]);
  const server: Mutable<RealServer> = {
    family: 'ipv4',
    address: '',
    port: 0,
    ...endpoint,
    at: keyword,
    weight: undefined,
    forwarding: undefined,
    upperThreshold: 0,
    lowerThreshold: 0,
  };
  readBlock('real_server', block ?? [], realServerKeywords, values, server);
  return endpoint && server;
}

/**
 * Reads the statements of a block. Keywords that have no equivalent in IPVS are reported as notes, unknown
 * ones as errors.
 */
function readBlock<Into>(
  name: 'virtual_server' | 'real_server',
  block: readonly Statement[],
  readers: Readers<Into>,
  values: ValueReader,
  into: Into,
): void {
  for (const statement of block) {
    const { keyword } = statement;
    const reader = Object.hasOwn(readers, keyword.text) ? readers[keyword.text]! : undefined;
    const reason = reasonNotImported(keyword.text);
    if (reader !== undefined) reader(statement, values, into);
    else if (reason !== undefined) values.report.note(keyword, keyword.text, reason);
    else values.report.error(keyword, `${keyword.text}: is not a keyword of ${name}`);
  }
}

/** Reads the only value of a statement, the name of a scheduler or persistence engine. */
function nameOf(statement: Statement, values: ValueReader): string | undefined {
  if (!values.count(statement, 1, 1)) return undefined;
  const { text } = statement.values[0]!;
  if (/^[\x21-\x7e]+$/.test(text) && text.length <= MAX_NAME) return text;
  values.report.error(statement.values[0]!, `${text}: must be a name of 1 to ${MAX_NAME} characters`);
  return undefined;
}
