import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { openCapture } from '../../../lib/cli/capture/capture-client.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { runIpvs } from '../../lib/cli/run-ipvs.ts';
import { assertRun } from './run.ts';
import { selected } from './selector.ts';

/** A folder in memory, if there is one. */
const folder: string = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const path: string = join(folder, `fuzzed-${process.pid}-${threadId}.pcap`);
process.on('exit', () => rmSync(path, { force: true }));

/** Offset of the first packet of a pcap file, after the headers. */
const FIRST_PACKET = 40;
const COMMANDS = [
  '-Ln',
  '-S',
  '-L --json',
  '-Ln --per-service',
  '-L --daemon',
  '-L --timeout',
  'export',
  'info',
];

/** Runs `ipvs decode`, and one of the commands that read captures, on a capture file, and checks what they print. */
export async function assertCommandOutput(capture: Uint8Array): Promise<void> {
  writeFileSync(path, capture);
  const open = async (): Promise<ReturnType<typeof openCapture>> => openCapture(path);
  for (const command of ['decode', `${selected(capture.subarray(FIRST_PACKET), COMMANDS)} --from`]) {
    const words = [...command.split(' '), path];
    assertRun(await runIpvs(new FakeKernel(), words, { overrides: { open } }));
  }
}
