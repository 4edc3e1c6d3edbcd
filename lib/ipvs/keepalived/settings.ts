import { type Daemon, daemonValues, type Timeouts } from '../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import type { DesiredSettings } from '../plan/index.ts';
import type { ValueParser } from './servers/values.ts';
import type { Statement } from './syntax/blocks.ts';

const TIMEOUTS = { tcp: 'tcp', tcpfin: 'tcpFin', udp: 'udp' } as const;
/** Maximum of a timeout, in seconds: 31 days (LVS_MAX_TIMEOUT of keepalived). */
const MAX_TIMEOUT = 31 * 86_400;

/** Why keywords of `global_defs` that concern IPVS are not imported. */
const NOT_IMPORTED: Readonly<Record<string, string>> = {
  net_namespace: 'is not imported: pass --netns when applying the file',
  net_namespace_ipvs: 'is not imported: pass --netns when applying the file',
  nftables_ipvs:
    'is not imported: keepalived would use nftables to set firewall marks and create firewall-mark services',
  lvs_flush: 'is not imported: whether other services are removed is chosen when the file is applied',
  lvs_flush_on_stop: 'is not imported: it removes services when keepalived stops',
};

/**
 * Returns the timeouts and sync daemons that a `global_defs` block sets. Keywords that do not concern IPVS are ignored.
 */
export function globalSettings(block: readonly Statement[], parser: ValueParser): DesiredSettings {
  let timeouts: Timeouts | undefined;
  let daemons: readonly Daemon[] | undefined;
  for (const statement of block) {
    const { text } = statement.keyword;
    if (text === 'lvs_timeouts') timeouts = timeoutsOf(statement, parser);
    else if (text === 'lvs_sync_daemon') daemons = daemonsOf(statement, parser);
    else if (Object.hasOwn(NOT_IMPORTED, text))
      parser.report.note(statement.keyword, text, NOT_IMPORTED[text]!);
  }
  return { ...(timeouts && { timeouts }), ...(daemons && { daemons }) };
}

function timeoutsOf(statement: Statement, parser: ValueParser): Timeouts {
  const { keyword, values: words } = statement;
  const timeouts: Record<string, number | undefined> = {};
  if (!parser.checkCount(statement, 1, Number.POSITIVE_INFINITY)) return timeouts;
  for (let index = 0; index < words.length; index += 2) {
    const name = parser.word(keyword, words[index], Object.keys(TIMEOUTS) as (keyof typeof TIMEOUTS)[]);
    if (name === undefined) break;
    timeouts[TIMEOUTS[name]] = parser.number(words[index]!, words[index + 1], 0, MAX_TIMEOUT);
  }
  return timeouts;
}

const DAEMON_OPTIONS: ReadonlySet<string> = new Set(['id', 'maxlen', 'port', 'ttl', 'group']);

/**
 * Returns the master and the backup daemon: keepalived runs both if no VRRP instance is named. Undefined if one is
 * named, as its state then decides which daemon runs.
 */
function daemonsOf(
  { keyword, values: words }: Statement,
  parser: ValueParser,
): readonly Daemon[] | undefined {
  const [device, ...rest] = words;
  if (device === undefined) {
    parser.report.error(keyword, `${keyword.text}: needs an interface`);
    return undefined;
  }
  const settings: Partial<Record<string, number | string>> = {};
  const instance = rest[0] === undefined || DAEMON_OPTIONS.has(rest[0].text) ? undefined : rest.shift();
  // Old versions of keepalived have the id after the instance, without the keyword `id`.
  if (instance !== undefined && /^\d+$/.test(rest[0]?.text ?? ''))
    parser.number(keyword, rest.shift(), 0, 255);
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    const value = rest.shift();
    if (next.text === 'id') settings.syncId = parser.number(next, value, 0, 255);
    else if (next.text === 'maxlen') settings.syncMaxLength = parser.number(next, value, 1, 65_507);
    else if (next.text === 'port') settings.multicastPort = parser.number(next, value, 1, 0xffff);
    else if (next.text === 'ttl') settings.multicastTtl = parser.number(next, value, 1, 255);
    else if (next.text === 'group')
      settings.multicastGroup = parser.endpoint(next, value, undefined)?.address;
    else {
      parser.report.error(next, `${next.text}: is not an option of lvs_sync_daemon`);
      break;
    }
  }
  if (instance !== undefined) {
    parser.report.note(
      keyword,
      keyword.text,
      `is not imported: VRRP instance ${instance.text} decides which daemon runs`,
    );
    return undefined;
  }
  const daemon = { interface: device.text, syncId: 0, ...settings };
  try {
    daemonValues({ role: 'master', ...daemon });
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    parser.report.error(device, error.message);
  }
  return [
    { role: 'master', ...daemon },
    { role: 'backup', ...daemon },
  ];
}
