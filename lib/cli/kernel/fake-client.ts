import { readFileSync, statSync } from 'node:fs';
import { Ipvs } from '../../ipvs/client/client.ts';
import { IpvsSync } from '../../ipvs/client/client-sync.ts';
import { desiredFileOf, parseDesiredTable } from '../../ipvs/desired-file/index.ts';
import { jsonFileText } from '../../ipvs/desired-file/write.ts';
import type { DesiredTable } from '../../ipvs/plan/index.ts';
import { replaceFile } from '../../service/atomic-file.ts';
import { FakeKernel } from '../../testing/index.ts';
import { fileErrorText } from '../../text/file-error.ts';
import { operationsFor } from '../change/table-operations.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';
import type { AsyncClient, Client } from '../system.ts';

/**
 * A client of a fake kernel. Its table comes from a file, a desired state in JSON that `ipvs export` could
 * have written, and is written back when the client is closed; a missing file is an empty table. Without a
 * file the kernel is empty, and gone when the client is closed.
 *
 * Rejects with a DesiredFileError for a file that is none, and with a CommandLineError where it cannot be
 * read. Closing throws a CommandLineError where it cannot be written; the file is then as it was.
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

/** As {@link openFakeClient}, for a command that goes on while requests are under way. */
export async function openFakeClientAsync(file: string | undefined): Promise<AsyncClient> {
  const { kernel, save } = await fakeKernelOf(file);
  const client = await Ipvs.open({ transport: kernel.connect() });
  const close = async (): Promise<void> => {
    await Ipvs.prototype.close.call(client);
    save();
  };
  return Object.assign(client, { close });
}

/** A fake kernel with the table of a file, and what writes it back where it has changed. */
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

async function readTable(file: string): Promise<DesiredTable> {
  let text: string;
  try {
    if (!statSync(file).isFile()) throw new Error(`${file}: is not a regular file`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { services: [] };
    throw fileProblem(error);
  }
  return await parseDesiredTable(text, { file, format: 'json', isNew: true });
}

function fill(kernel: FakeKernel, table: DesiredTable): void {
  const client = IpvsSync.open({ transport: kernel.connect() });
  for (const outcome of client.batch(operationsFor(table))) if (!outcome.ok) throw outcome.error;
  client.close();
}

/**
 * The table of the kernel with its settings, as a desired file; of the sysctls those that are not the
 * defaults.
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
    throw fileProblem(error);
  }
}

function fileProblem(error: unknown): CommandLineError {
  return new CommandLineError(`--fake: ${fileErrorText(error as Error)}`, Status.WRONG_USE);
}
