import { CommandError } from '../../../../lib/cli/parse/command-error.ts';
import { parseCommandLine } from '../../../../lib/cli/parse/command-line.ts';
import { subcommandAt } from '../../../../lib/cli/parse/subcommands/find-subcommand.ts';
import { readSubcommandLine } from '../../../../lib/cli/parse/subcommands/subcommand-line.ts';
import { subcommandList } from '../../../../lib/cli/parse/subcommands/subcommand-table.ts';
import type { Client } from '../../../../lib/cli/system.ts';
import { IpvsSync } from '../../../../lib/ipvs/client/client-sync.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { badCommandLines, goodCommandLines } from '../../../lib/cli/command-lines.ts';
import { runIpvs } from '../../../lib/cli/run-ipvs.ts';
import { destination, service } from '../../../lib/testing/raw-client.ts';
import { COMMAND_WORDS } from '../../checks/command-words.ts';
import { assertRun } from '../../checks/run.ts';
import { assertSavedTable, NO_NAMES } from '../../checks/saved-table.ts';
import type { Target } from '../../target.ts';

function allowCommandLineError(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
}

/** The arguments of a command line, each on a line of its own. */
export const target: Target = {
  format: { kind: 'text', dictionary: COMMAND_WORDS },
  coveredModules: ['lib/cli/parse/', 'lib/cli/list/', 'lib/cli/change/', 'lib/cli/names/'],
  seeds: () => [...goodCommandLines, ...badCommandLines].map(([, line]) => line.join('\n')),
  async run(input) {
    const words = Buffer.from(input).toString().split('\n');
    const at = subcommandAt(words);
    if (at >= 0) {
      const subcommand = subcommandList.find(({ name }) => name === words[at])!;
      // It is only parsed, not run: its operand may name an existing file.
      allowCommandLineError(() => readSubcommandLine(subcommand, words.toSpliced(at, 1)));
      return;
    }
    allowCommandLineError(() => parseCommandLine(words, { names: NO_NAMES, fromRules: false }));
    const kernel = new FakeKernel({ singleDump: 'nested' });
    kernel.state.addService(service(80), [destination(1)]);
    const open = async (): Promise<Client> => IpvsSync.open({ transport: kernel.connect() });
    const run = await runIpvs(kernel, words, { overrides: { open } });
    assertRun(run);
    if (run.status === 0 && run.output === '') await assertSavedTable(kernel);
  },
};
