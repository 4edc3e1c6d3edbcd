import { readFileSync, statSync } from 'node:fs';
import { Ipvs } from '../../ipvs/client/client.ts';
import { IpvsSync } from '../../ipvs/client/client-sync.ts';
import { desiredFileOf, parseDesiredState } from '../../ipvs/desired-file/index.ts';
import { jsonFileText } from '../../ipvs/desired-file/write.ts';
import type { DesiredState } from '../../ipvs/plan/index.ts';
import { replaceFile } from '../../reconciler/atomic-file.ts';
import { FakeKernel } from '../../testing/index.ts';
import { fileErrorText } from '../../text/file-error.ts';
import { operationsFor } from '../change/table-operations.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { AsyncClient, Client } from '../system.ts';

/**
 * Opens a client of a fake kernel. Its table is read from a file, a desired state in JSON as written by `ipvs
 * export`, and written back when the client is closed; a missing file means an empty table. Without a file
 * the table is empty at first and is discarded when the client is closed.
 *
 * Rejects with a DesiredFileError for an invalid file, and with a CommandError if it cannot be read.
 * Closing throws a CommandError if the file cannot be written; its contents are then unchanged.
 */
export async function openFakeClient(file: string | undefined): Promise<Client> {
  const { kernel, save } = await fakeKernelOf(file);
  const client = IpvsSync.open({ transport: kernel.connect() });
  const close = (): void => {
    IpvsSync.prototype.close.call(client);
    save();
  };
  return Object.assign(client, { close });
}

/** Like {@link openFakeClient}, but asynchronous: for a command that does other things while requests are pending. */
export async function openFakeClientAsync(file: string | undefined): Promise<AsyncClient> {
  const { kernel, save } = await fakeKernelOf(file);
  const client = await Ipvs.open({ transport: kernel.connect() });
  const close = async (): Promise<void> => {
    await Ipvs.prototype.close.call(client);
    save();
  };
  return Object.assign(client, { close });
}

/**
 * Returns a fake kernel with the table of a file, and a function that writes the table back if it has
 * changed.
 */
async function fakeKernelOf(
  file: string | undefined,
): Promise<{ readonly kernel: FakeKernel; readonly save: () => void }> {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  if (file === undefined) return { kernel, save: () => undefined };
  fill(kernel, await readTable(file));
  const before = tableText(kernel);
  const save = (): void => {
    const after = tableText(kernel);
    if (after !== before) writeTable(file, after);
  };
  return { kernel, save };
}

async function readTable(file: string): Promise<DesiredState> {
  let text: string;
  try {
    if (!statSync(file).isFile()) throw new Error(`${file}: is not a regular file`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { services: [] };
    throw fileError(error);
  }
  return await parseDesiredState(text, { file, format: 'json', isTableEmpty: true });
}

function fill(kernel: FakeKernel, desired: DesiredState): void {
  const client = IpvsSync.open({ transport: kernel.connect() });
  for (const outcome of client.batch(operationsFor(desired))) if (!outcome.ok) throw outcome.error;
  client.close();
}

/**
 * Returns the kernel's table with its settings as the text of a desired-state file; sysctls with default values are
 * left out.
 */
function tableText(kernel: FakeKernel): string {
  const client = IpvsSync.open({ transport: kernel.connect() });
  const { services } = client.dump();
  const sysctls = kernel.sysctls.changed();
  const settings = {
    timeouts: client.timeouts(),
    daemons: client.daemons(),
    sysctls: Object.keys(sysctls).length === 0 ? undefined : sysctls,
  };
  client.close();
  return jsonFileText(desiredFileOf(services, settings));
}

function writeTable(file: string, text: string): void {
  try {
    replaceFile(file, text);
  } catch (error) {
    throw fileError(error);
  }
}

function fileError(error: unknown): CommandError {
  return new CommandError(`--fake: ${fileErrorText(error as Error)}`, Status.USAGE_ERROR);
}
