import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CapturedPacket } from '../../../../lib/capture/capture.ts';
import { CaptureWriter, readCapture } from '../../../../lib/capture/pcap.ts';
import { openCapture } from '../../../../lib/cli/capture/capture-client.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { ByteView, MessageWalker } from '../../../../protocol/index.ts';
import { type Run, runIpvs } from '../run-ipvs.ts';

export const folder: string = mkdtempSync(join(tmpdir(), 'ipvs-incomplete-'));

export const fixture = (name: string): string =>
  new URL(`../../../../../fixtures/${name}`, import.meta.url).pathname;

/** A recording of a table that was read service by service. */
export const perServiceCapture: string = fixture('stock-6.12/ipvs-netlink-read.pcap');
/** A recording of a table that was read by a single dump. */
export const singleDumpCapture: string = fixture('single-6.12/single-dump.pcap');

const overrides = {
  open: async ({ from }: { readonly from: string | undefined }) => openCapture(from!),
};

let fileCount = 0;

/** Runs a command line on a file with these bytes; the errors that it returns lack the path. */
export async function run(line: string, bytes: Uint8Array): Promise<Run> {
  const path = join(folder, `${fileCount++}.pcap`);
  writeFileSync(path, bytes);
  const commandLine = line.startsWith('decode') ? `${line} ${path}` : `${line} --from ${path}`;
  const result = await runIpvs(new FakeKernel(), commandLine, { overrides });
  // Warnings of -S about individual services are no failures.
  const errors = result.errors.replace(/^ipvs: service [^\n]+-R will reject its rule[^\n]+\n/gm, '');
  const isExpected = errors.startsWith(`ipvs: ${path}: `) || errors.includes('which a rule cannot contain');
  assert.ok(errors === '' || isExpected, errors);
  assert.doesNotMatch(errors, /kernel does not know|EOPNOTSUPP|run as root/);
  assert.match(errors, /^([^\n]+\n)?$/);
  return { ...result, errors: errors.replace(`ipvs: ${path}: `, '') };
}

/** A capture with those packets for which `keep` is true, truncated to `snapshotLength`. */
export function changedCapture(
  path: string,
  keep: (packet: CapturedPacket, index: number) => boolean,
  snapshotLength: number = Number.POSITIVE_INFINITY,
): Uint8Array {
  const writer = new CaptureWriter();
  for (const packet of readCapture(readFileSync(path)).packets.filter(keep))
    writer.write({ ...packet, bytes: packet.bytes.subarray(0, Math.max(0, snapshotLength - 16)) });
  return writer.bytes();
}

export const everyPacket = (): boolean => true;

/** Whether a datagram is a message of IPVS with this command: the family has another id in each capture. */
export function isCommand({ bytes }: CapturedPacket, ...commands: number[]): boolean {
  const walker = new MessageWalker(new ByteView(bytes));
  return walker.next() && walker.message.type > 16 && commands.includes(bytes[16]!) && bytes[17] === 1;
}

export const serviceLines = (output: string): string[] =>
  output.split('\n').filter((line) => /^(-A|TCP|UDP|FWM|SCTP)/.test(line));
