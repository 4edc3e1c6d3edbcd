import { type Daemon, daemonValues, type Timeouts } from '../../../protocol/ipvs/index.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import type { ValueReader } from './servers/values.ts';
import type { Statement } from './syntax/blocks.ts';

/** What `global_defs` says about IPVS as a whole. */
export interface GlobalSettings {
  readonly timeouts: Timeouts | undefined;
  readonly daemons: readonly Daemon[] | undefined;
}

const TIMEOUTS = { tcp: 'tcp', tcpfin: 'tcpFin', udp: 'udp' } as const;
const MAX_TIMEOUT = 0x7fffffff;

/** Keywords of `global_defs` that concern IPVS and have no place in a table. */
const NOTED: Readonly<Record<string, string>> = {
  net_namespace: 'is not imported: give --netns to what applies the file',
  net_namespace_ipvs: 'is not imported: give --netns to what applies the file',
  nftables_ipvs:
    'is not imported: keepalived marks the packets of groups with nftables and balances the marks',
  lvs_flush: 'is not imported: what else is in the table is for those to say who apply the file',
};

/** Reads a `global_defs` block. Keywords that do not concern IPVS are passed over. */
export function globalSettings(block: readonly Statement[], values: ValueReader): GlobalSettings {
  let timeouts: Timeouts | undefined;
  let daemons: readonly Daemon[] | undefined;
  for (const statement of block) {
    const { text } = statement.keyword;
    if (text === 'lvs_timeouts') timeouts = timeoutsOf(statement, values);
    else if (text === 'lvs_sync_daemon') daemons = daemonsOf(statement, values);
    else if (Object.hasOwn(NOTED, text)) values.report.note(statement.keyword, text, NOTED[text]!);
  }
  return { timeouts, daemons };
}

function timeoutsOf({ keyword, values: words }: Statement, values: ValueReader): Timeouts {
  const timeouts: Record<string, number | undefined> = {};
  for (let index = 0; index < words.length; index += 2) {
    const name = values.word(keyword, words[index], Object.keys(TIMEOUTS) as (keyof typeof TIMEOUTS)[]);
    if (name === undefined) break;
    timeouts[TIMEOUTS[name]] = values.number(words[index]!, words[index + 1], 1, MAX_TIMEOUT);
  }
  return timeouts;
}

/** Both daemons, as keepalived runs them where their state follows no VRRP instance. */
function daemonsOf(
  { keyword, values: words }: Statement,
  values: ValueReader,
): readonly Daemon[] | undefined {
  const [device, ...rest] = words;
  if (device === undefined) {
    values.report.mistake(keyword, `${keyword.text}: needs an interface`);
    return undefined;
  }
  const settings: Partial<Record<string, number | string>> = {};
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    const value = rest.shift();
    if (next.text === 'id') settings.syncId = values.number(next, value, 0, 255);
    else if (next.text === 'maxlen') settings.syncMaxLength = values.number(next, value, 1, 65_507);
    else if (next.text === 'port') settings.multicastPort = values.number(next, value, 1, 0xffff);
    else if (next.text === 'ttl') settings.multicastTtl = values.number(next, value, 1, 255);
    else if (next.text === 'group')
      settings.multicastGroup = values.endpoint(next, value, undefined)?.address;
    else {
      values.report.note(keyword, keyword.text, 'follows a VRRP instance and is not imported');
      return undefined;
    }
  }
  const daemon = { interface: device.text, syncId: 0, ...settings };
  try {
    daemonValues({ role: 'master', ...daemon });
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    values.report.mistake(device, error.message);
  }
  return [
    { role: 'master', ...daemon },
    { role: 'backup', ...daemon },
  ];
}
