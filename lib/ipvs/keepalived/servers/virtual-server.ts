import { SCHEDULER_FLAG_BITS } from '../../../../protocol/ipvs/fields/names.ts';
import type { Family, Protocol, SchedulerFlag } from '../../../../protocol/ipvs/index.ts';
import type { Statement, Word } from '../syntax/blocks.ts';
import { type Forwarding, forwardingOf } from './forwarding.ts';
import { reasonNotImported } from './not-imported.ts';
import type { Endpoint, ValueParser } from './values.ts';

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

/** For each keyword a function that reads its statement and returns the settings in it. */
type KeywordReaders<Server> = Readonly<
  Record<string, (statement: Statement, values: ValueParser, server: Server) => Partial<Server> | undefined>
>;

const realServerKeywords: KeywordReaders<RealServer> = {
  weight: (statement, values) => ({ weight: values.onlyNumber(statement, 0, MAX_WEIGHT) }),
  lvs_method: (statement, values) => ({ forwarding: forwardingOf(statement, values) }),
  uthreshold: (statement, values) => ({ upperThreshold: values.onlyNumber(statement, 0, MAX_UNSIGNED) ?? 0 }),
  lthreshold: (statement, values) => ({ lowerThreshold: values.onlyNumber(statement, 0, MAX_UNSIGNED) ?? 0 }),
};

/** A virtual server while its block is read. */
type MutableServer = VirtualServer & {
  readonly flags: { readonly name: SchedulerFlag; readonly at: Word }[];
  readonly realServers: RealServer[];
};
type ServerKeywordReader = KeywordReaders<MutableServer>[string];

const scheduler: ServerKeywordReader = (statement, values) => ({ scheduler: nameOf(statement, values) });
const method: ServerKeywordReader = (statement, values) => ({ forwarding: forwardingOf(statement, values) });

const virtualServerKeywords: KeywordReaders<MutableServer> = {
  lvs_sched: scheduler,
  lb_algo: scheduler,
  lvs_method: method,
  lb_kind: method,
  ops: (statement, values) => ({ onePacket: values.count(statement, 0, 0) }),
  weight: (statement, values) => ({ weight: values.onlyNumber(statement, 1, MAX_WEIGHT) ?? 1 }),
  protocol: (statement, values) => ({
    protocol: values.onlyWord(statement, ['TCP', 'UDP', 'SCTP'])?.toLowerCase() as Protocol | undefined,
  }),
  persistence_timeout: (statement, values) => ({
    persistenceTimeout:
      statement.values.length === 0 ? DEFAULT_PERSISTENCE : values.onlyNumber(statement, 1, MAX_UNSIGNED),
  }),
  persistence_granularity: (statement, values) => {
    if (!values.count(statement, 1, 1)) return undefined;
    const [word] = statement.values;
    return word!.text.includes('.')
      ? { netmask: values.endpoint(statement.keyword, word, undefined)?.address }
      : { prefixLength: values.number(statement.keyword, word, 1, 128) };
  },
  persistence_engine: (statement, values) => ({ persistenceEngine: nameOf(statement, values) }),
  ip_family: (statement, values) =>
    values.count(statement, 1, 1)
      ? { family: values.family(statement.keyword, statement.values[0]) }
      : undefined,
  real_server: (statement, values, { realServers }) => {
    const server = realServerOf(statement, values);
    if (server !== undefined) realServers.push(server);
    return undefined;
  },
  ...Object.fromEntries(
    (Object.keys(SCHEDULER_FLAG_BITS) as SchedulerFlag[]).map((name): [string, ServerKeywordReader] => [
      name,
      (statement, values, { flags }) => {
        if (values.count(statement, 0, 0)) flags.push({ name, at: statement.keyword });
        return undefined;
      },
    ]),
  ),
};

/** Reads the settings of a `virtual_server` block; errors in it are reported. */
export function virtualServerOf(block: readonly Statement[], values: ValueParser): VirtualServer {
  const server: MutableServer = {
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

function realServerOf(statement: Statement, values: ValueParser): RealServer | undefined {
  const { keyword, values: words, block } = statement;
  if (!values.count(statement, 1, 2)) return undefined;
  const endpoint = values.endpoint(keyword, words[0], words[1]);
  const server: RealServer = {
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
function readBlock<Server extends object>(
  name: 'virtual_server' | 'real_server',
  block: readonly Statement[],
  readers: KeywordReaders<Server>,
  values: ValueParser,
  server: Server,
): void {
  for (const statement of block) {
    const { keyword } = statement;
    const reader = Object.hasOwn(readers, keyword.text) ? readers[keyword.text]! : undefined;
    const reason = reasonNotImported(keyword.text);
    if (reader !== undefined) Object.assign(server, reader(statement, values, server));
    else if (reason !== undefined) values.report.note(keyword, keyword.text, reason);
    else values.report.error(keyword, `${keyword.text}: is not a keyword of ${name}`);
  }
}

/** Reads the only value of a statement, the name of a scheduler or persistence engine. */
function nameOf(statement: Statement, values: ValueParser): string | undefined {
  if (!values.count(statement, 1, 1)) return undefined;
  const { text } = statement.values[0]!;
  if (/^[\x21-\x7e]+$/.test(text) && text.length <= MAX_NAME) return text;
  values.report.error(statement.values[0]!, `${text}: must be a name of 1 to ${MAX_NAME} characters`);
  return undefined;
}
