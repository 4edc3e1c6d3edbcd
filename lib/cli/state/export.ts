import { checkSysctl, type DesiredSysctls, type SysctlValue } from '../../../protocol/ipvs/fields/sysctls.ts';
import { FieldError } from '../../../protocol/netlink/index.ts';
import { desiredFileText } from '../../ipvs/desired-file/index.ts';
import type { DesiredSettings } from '../../ipvs/plan/index.ts';
import { didYouMean } from '../../text/closest-name.ts';
import { withClient } from '../kernel/open-client.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { Client, System } from '../system.ts';
import { fileFormat } from './options.ts';

const SETTINGS = ['timeouts', 'daemons', 'sysctls'] as const;
type Setting = (typeof SETTINGS)[number];

/** Writes the table as a file for `ipvs apply` and `ipvs diff`. */
export async function runExport(line: SubcommandLine, system: System): Promise<number> {
  const selected = settingsOf(line.options.get('with'));
  return await withClient(line.location, system, async (client) => {
    const { services } = client.dump({ strategy: line.location.strategy });
    const settings: DesiredSettings = {
      timeouts: selected.has('timeouts') ? client.timeouts() : undefined,
      daemons: selected.has('daemons') ? client.daemons() : undefined,
      sysctls: selected.has('sysctls') ? exportedSysctls(client, system) : undefined,
    };
    system.write(await desiredFileText(services, fileFormat(line), settings));
    return Status.DONE;
  });
}

/** Returns the settings that `--with` names. Throws a CommandError for an unknown word. */
function settingsOf(list: string | undefined): ReadonlySet<Setting> {
  const selected = new Set<Setting>();
  for (const word of list?.split(',') ?? []) {
    const settings = word === 'all' ? SETTINGS : SETTINGS.filter((setting) => setting === word);
    if (settings.length === 0) {
      const hint = didYouMean(word, [...SETTINGS, 'all']);
      throw new CommandError(`--with ${word}: must be all, or some of ${SETTINGS.join(', ')}${hint}`);
    }
    for (const setting of settings) selected.add(setting);
  }
  return selected;
}

/** Returns the sysctls that a file can contain; others are reported on standard error. */
function exportedSysctls(client: Client, system: System): DesiredSysctls {
  const sysctls: Record<string, SysctlValue> = {};
  for (const [name, value] of Object.entries(client.sysctls())) {
    try {
      checkSysctl(name, value);
      sysctls[name] = value;
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      system.writeError(`ipvs: not exported: ${error.message}`);
    }
  }
  return sysctls;
}
