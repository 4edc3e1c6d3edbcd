import { type ServiceWithDestinationsDefinition, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import { type DesiredServices, ErrorList, findErrors, pathText } from '../plan/desired-services.ts';
import type { DesiredSettings, DesiredState } from '../plan/index.ts';
import { groupMembers, type Listener, MAX_MARK } from './servers/groups.ts';
import { serviceOf } from './servers/services.ts';
import { ValueParser } from './servers/values.ts';
import { virtualServerOf } from './servers/virtual-server.ts';
import { globalSettings } from './settings.ts';
import { type Statement, statementsOf, type Word } from './syntax/blocks.ts';
import { type Configuration, LineReader } from './syntax/lines.ts';
import { type KeepalivedNote, Report } from './syntax/report.ts';

/** The desired state in a configuration of keepalived, with notes. */
export interface KeepalivedImport {
  /** The desired state, which apply and reconcile accept. */
  readonly state: DesiredState;
  /**
   * Notes about settings that are not imported and about corrections that keepalived makes itself; in order,
   * at most 10 000.
   */
  readonly notes: readonly KeepalivedNote[];
}

/**
 * Returns the table that keepalived makes of its configuration when every real server is up: `virtual_server`
 * blocks with their groups, and `lvs_timeouts` and `lvs_sync_daemon` of `global_defs`. VRRP is ignored.
 * Settings without an equivalent in IPVS, such as health checks, are noted with line and column, and so are
 * corrections that keepalived makes itself.
 *
 * Throws a {@link KeepalivedError} that lists all errors: values that keepalived would not accept, braces
 * that do not match, and unknown keywords of virtual and real servers.
 */
export function parseKeepalived(configuration: Configuration): KeepalivedImport {
  const report = new Report();
  const parser = new ValueParser(report);
  const statements = statementsOf(new LineReader(configuration, report).lines(), report);
  const groups = new Map<string, readonly Listener[]>();
  let settings: DesiredSettings = {};
  for (const statement of statements) {
    const { keyword, values: words, block = [] } = statement;
    if (keyword.text === 'virtual_server_group' && parser.checkCount(statement, 1, 1))
      groups.set(words[0]!.text, groupMembers(statement, parser));
    else if (keyword.text === 'global_defs') settings = { ...settings, ...globalSettings(block, parser) };
    else if (/^net_namespace/.test(keyword.text)) globalSettings([statement], parser);
  }
  const services = new Map<string, ServiceWithDestinationsDefinition>();
  const positions: Word[] = [];
  for (const statement of statements) {
    if (statement.keyword.text !== 'virtual_server') continue;
    const at = statement.keyword;
    const server = virtualServerOf(statement.block ?? [], parser);
    for (const listener of listenersOf(statement, groups, parser)) {
      if (!parser.countObjects(at, 1 + server.realServers.length)) break;
      const service = serviceOf(listener, server, at, report);
      if (service === undefined) continue;
      const key = serviceKeyText(service);
      if (services.has(key)) report.error(at, `${key} is configured twice`);
      else positions.push(at);
      services.set(key, service);
    }
  }
  checkServices([...services.values()], positions, report);
  report.check();
  const state = { services: [...services.values()], ...settings };
  return { state, notes: report.notes };
}

/** Returns what a virtual server listens on, and reports errors in it. */
function listenersOf(
  statement: Statement,
  groups: ReadonlyMap<string, readonly Listener[]>,
  parser: ValueParser,
): readonly Listener[] {
  const { keyword, values: words } = statement;
  if (!parser.checkCount(statement, 1, 2)) return [];
  const [first, second] = words;
  if (first!.text === 'group') {
    const members = groups.get(second?.text ?? '');
    if (members === undefined)
      parser.report.error(
        second ?? keyword,
        `${second?.text ?? 'group'}: no virtual_server_group has this name`,
      );
    return members ?? [];
  }
  if (first!.text === 'fwmark') {
    const mark = parser.number(keyword, second, 1, MAX_MARK);
    return mark === undefined ? [] : [{ family: undefined, mark }];
  }
  const endpoint = parser.endpoint(keyword, first, second);
  return endpoint === undefined ? [] : [endpoint];
}

/** Reports errors in the services by the kernel's rules; `positions` are where the services begin. */
function checkServices(services: DesiredServices, positions: readonly Word[], report: Report): void {
  const errors = new ErrorList();
  findErrors(services, errors);
  for (const { path, problem } of errors.list)
    report.error(positions[Number(path[1])]!, `${pathText(path.slice(2))} ${problem}`);
}
