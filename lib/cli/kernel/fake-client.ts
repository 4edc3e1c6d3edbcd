import { existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { IpvsSync } from '../../ipvs/client/client-sync.ts';
import { type DesiredTable, desiredFileOf, parseDesiredTable } from '../../ipvs/desired-file/index.ts';
import { jsonFileText } from '../../ipvs/desired-file/write.ts';
import { FakeKernel } from '../../testing/index.ts';
import { operationsFor } from '../change/table-operations.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';
import type { Client } from '../system.ts';
import { fileErrorText } from './error-text.ts';

/**
 * A client of a fake kernel. Its table comes from a file, a desired state in JSON that `ipvs export` could
 * have written, and is written back when the client is closed; a missing file is an empty table. Without a
 * file the kernel is empty, and gone when the client is closed.
 *
 * Rejects with a DesiredFileError for a file that is none, and with a CommandLineError where it cannot be
 * read. Closing throws a CommandLineError where it cannot be written; the file is then as it was.
 */
export async function openFakeClient(file: string | undefined): Promise<Client> {
  const kernel = new FakeKernel({ singleDump: 'nested' });
  if (file === undefined) return IpvsSync.open({ transport: kernel.connect() });
  fill(kernel, await readTable(file));
  const before = tableText(kernel);
  const client = IpvsSync.open({ transport: kernel.connect() });
  const close = (): void => {
    IpvsSync.prototype.close.call(client);
    const after = tableText(kernel);
    if (after !== before) replaceFile(file, after);
  };
  return Object.assign(client, { close });
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

/** The table, timeouts and daemons of the kernel, as a desired file. */
function tableText(kernel: FakeKernel): string {
  const client = IpvsSync.open({ transport: kernel.connect() });
  const { services } = client.dump();
  const settings = { timeouts: client.timeouts(), daemons: client.daemons() };
  client.close();
  return jsonFileText(desiredFileOf(services, settings));
}

/** Replaces a file as a whole: the new one is written beside it and then renamed. */
function replaceFile(file: string, text: string): void {
  const target = existsSync(file) ? realpathSync(file) : file;
  const next = `${target}.${process.pid}.new`;
  try {
    writeFileSync(next, text);
    renameSync(next, target);
  } catch (error) {
    rmSync(next, { force: true });
    throw fileProblem(error);
  }
}

function fileProblem(error: unknown): CommandLineError {
  return new CommandLineError(`--fake: ${fileErrorText(error as Error)}`, Status.WRONG_USE);
}
