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
  /** Its keyword, at whose position notes about it are reported. */
  readonly at: Word;
  readonly weight: number | undefined;
  readonly forwarding: Forwarding | undefined;
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

/** The settings of a `virtual_server` block. */
export interface VirtualServer {
  readonly scheduler: string | undefined;
  /** Flags of the scheduler, each with its keyword. */
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
  Record<string, (statement: Statement, parser: ValueParser, server: Server) => Partial<Server> | undefined>
>;

const realServerKeywords: KeywordReaders<RealServer> = {
  weight: (statement, parser) => ({ weight: parser.onlyNumber(statement, 0, MAX_WEIGHT) }),
  lvs_method: (statement, parser) => ({ forwarding: forwardingOf(statement, parser) }),
  uthreshold: (statement, parser) => ({ upperThreshold: parser.onlyNumber(statement, 0, MAX_UNSIGNED) ?? 0 }),
  lthreshold: (statement, parser) => ({ lowerThreshold: parser.onlyNumber(statement, 0, MAX_UNSIGNED) ?? 0 }),
};

/** A virtual server while its block is read. */
type MutableServer = VirtualServer & {
  readonly flags: { readonly name: SchedulerFlag; readonly at: Word }[];
  readonly realServers: RealServer[];
};
type ServerKeywordReader = KeywordReaders<MutableServer>[string];

const scheduler: ServerKeywordReader = (statement, parser) => ({ scheduler: nameOf(statement, parser) });
const method: ServerKeywordReader = (statement, parser) => ({ forwarding: forwardingOf(statement, parser) });

const virtualServerKeywords: KeywordReaders<MutableServer> = {
  lvs_sched: scheduler,
  lb_algo: scheduler,
  lvs_method: method,
  lb_kind: method,
  ops: (statement, parser) => ({ onePacket: parser.checkCount(statement, 0, 0) }),
  weight: (statement, parser) => ({ weight: parser.onlyNumber(statement, 1, MAX_WEIGHT) ?? 1 }),
  protocol: (statement, parser) => ({
    protocol: parser.onlyWord(statement, ['TCP', 'UDP', 'SCTP'])?.toLowerCase() as Protocol | undefined,
  }),
  persistence_timeout: (statement, parser) => ({
    persistenceTimeout:
      statement.values.length === 0 ? DEFAULT_PERSISTENCE : parser.onlyNumber(statement, 1, MAX_UNSIGNED),
  }),
  persistence_granularity: (statement, parser) => {
    if (!parser.checkCount(statement, 1, 1)) return undefined;
    const [word] = statement.values;
    return word!.text.includes('.')
      ? { netmask: parser.endpoint(statement.keyword, word, undefined)?.address }
      : { prefixLength: parser.number(statement.keyword, word, 1, 128) };
  },
  persistence_engine: (statement, parser) => ({ persistenceEngine: nameOf(statement, parser) }),
  ip_family: (statement, parser) =>
    parser.checkCount(statement, 1, 1)
      ? { family: parser.family(statement.keyword, statement.values[0]) }
      : undefined,
  real_server: (statement, parser, { realServers }) => {
    const server = realServerOf(statement, parser);
    if (server !== undefined) realServers.push(server);
    return undefined;
  },
  ...Object.fromEntries(
    (Object.keys(SCHEDULER_FLAG_BITS) as SchedulerFlag[]).map((name): [string, ServerKeywordReader] => [
      name,
      (statement, parser, { flags }) => {
        if (parser.checkCount(statement, 0, 0)) flags.push({ name, at: statement.keyword });
        return undefined;
      },
    ]),
  ),
};

/** Reads the settings of a `virtual_server` block; errors in it are reported. */
export function virtualServerOf(block: readonly Statement[], parser: ValueParser): VirtualServer {
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
  readBlock('virtual_server', block, virtualServerKeywords, parser, server);
  return server;
}

function realServerOf(statement: Statement, parser: ValueParser): RealServer | undefined {
  const { keyword, values: words, block } = statement;
  if (!parser.checkCount(statement, 1, 2)) return undefined;
  const endpoint = parser.endpoint(keyword, words[0], words[1]);
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
  readBlock('real_server', block ?? [], realServerKeywords, parser, server);
  return endpoint && server;
}

/**
 * Reads the statements of a block. Keywords that are not imported are reported as notes, unknown ones as
 * errors.
 */
function readBlock<Server extends object>(
  name: 'virtual_server' | 'real_server',
  block: readonly Statement[],
  readers: KeywordReaders<Server>,
  parser: ValueParser,
  server: Server,
): void {
  for (const statement of block) {
    const { keyword } = statement;
    const reader = Object.hasOwn(readers, keyword.text) ? readers[keyword.text]! : undefined;
    const reason = reasonNotImported(keyword.text);
    if (reader !== undefined) Object.assign(server, reader(statement, parser, server));
    else if (reason !== undefined) parser.report.note(keyword, keyword.text, reason);
    else parser.report.error(keyword, `${keyword.text}: is not a keyword of ${name}`);
  }
}

/** Reads the only value of a statement, the name of a scheduler or persistence engine. */
function nameOf(statement: Statement, parser: ValueParser): string | undefined {
  if (!parser.checkCount(statement, 1, 1)) return undefined;
  const { text } = statement.values[0]!;
  if (/^[\x21-\x7e]+$/.test(text) && text.length <= MAX_NAME) return text;
  parser.report.error(statement.values[0]!, `${text}: must be a name of 1 to ${MAX_NAME} characters`);
  return undefined;
}
