import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { printable } from '../../../protocol/netlink/text/printable.ts';
import type { TableLocation } from '../parse/command.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { Client, System } from '../system.ts';
import { modulesDirectory } from './kernel-module.ts';
import { withClient } from './open-client.ts';
import type { MissingPrivilege } from './privileges.ts';

/** The output of `ipvs info`. */
interface InfoReport {
  /** Release of the running kernel, as printed by `uname -r`; `fake` for a fake kernel. */
  readonly kernel: string;
  /** Version of IPVS. */
  readonly version?: string;
  /** Number of buckets of the connection hash table. */
  readonly connectionTableSize?: number;
  /** Whether the kernel has the single dump (IPVS_CMD_GET_SERVICE_DEST). */
  readonly singleDump?: boolean;
  readonly services?: number;
  readonly destinations?: number;
  /** Why IPVS cannot be reached. */
  readonly problem?: string;
  /** How to fix it. */
  readonly remedy?: string;
}

/**
 * Prints what the kernel supports, or why IPVS cannot be reached and how to fix that; the status is then 2.
 */
export async function reportInfo({ location, json }: SubcommandLine, system: System): Promise<number> {
  const kernel = location.fake === undefined ? release() : 'fake';
  let info: InfoReport;
  try {
    info = { kernel, ...(await withClient(location, system, (client) => infoOf(client, location))) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    info = { kernel, problem: error.message, remedy: remedyFor(kernel, system) };
  }
  if (json === undefined) system.write(infoText(info));
  else {
    const { jsonText } = await import('../list/json.ts');
    system.write(jsonText(info, json));
  }
  return info.problem === undefined ? Status.DONE : Status.UNREACHABLE;
}

function infoOf(client: Client, location: TableLocation): Omit<InfoReport, 'kernel'> {
  const { version, connectionTableSize } = client.info();
  const { strategy, services } = client.dump({ strategy: location.strategy });
  let destinations = 0;
  for (const service of services) destinations += service.destinations.length;
  const singleDump = strategy === 'single';
  return { version, connectionTableSize, singleDump, services: services.length, destinations };
}

const PRIVILEGE_REMEDIES: Readonly<Record<MissingPrivilege, string>> = {
  root: 'run it as root',
  'initial-user-namespace': 'run it in the initial user namespace: outside of this container',
  capability: 'run it with the capability CAP_NET_ADMIN',
};

function remedyFor(kernel: string, system: System): string {
  if (existsSync('/sys/module/ip_vs')) return PRIVILEGE_REMEDIES[system.missingPrivilege()];
  const modules = modulesDirectory(kernel);
  return existsSync(modules)
    ? 'load the module as root: modprobe ip_vs'
    : `install the modules of this kernel (there is no ${modules}), then: modprobe ip_vs`;
}

function infoText(info: InfoReport): string {
  const { kernel, problem, remedy, singleDump } = info;
  const start = `Kernel:           ${kernel}\n`;
  if (problem !== undefined)
    return `${start}IPVS:             ${printable(problem)}\nRemedy:           ${remedy}\n`;
  const dump = singleDump
    ? 'yes, one request reads the whole table'
    : 'no, the table is read service by service (no released kernel has it)';
  return `${start}IPVS:             ${info.version}
Connection table: ${info.connectionTableSize} buckets
Table:            ${info.services} services, ${info.destinations} destinations
Single dump:      ${dump}
`;
}
