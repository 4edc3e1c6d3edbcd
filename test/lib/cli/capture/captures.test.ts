import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openCapture } from '../../../../lib/cli/capture/capture-client.ts';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel, type SingleDump } from '../../../../lib/testing/index.ts';
import { RecordingTransport } from '../../capture/recording-transport.ts';
import { runIpvs } from '../run-ipvs.ts';

const folder = mkdtempSync(join(tmpdir(), 'ipvs-captures-'));

/** A kernel with a table whose listing takes several datagrams. */
async function kernelWithTable(singleDump: SingleDump): Promise<FakeKernel> {
  const kernel = new FakeKernel({ singleDump });
  const rules = ['-A -t 10.0.0.1:80', '-A -f 7 -6', '-A -t [2001:db8::1]:80', '--set 0 0 77'];
  for (let index = 0; index < 300; index++)
    rules.push(`-a -t 10.0.0.1:80 -r 10.1.${index >> 8}.${index & 255} -m`);
  assert.equal((await runIpvs(kernel, '-R', { input: rules.join('\n') })).status, 0);
  return kernel;
}

/** Records the traffic of one command line, and returns the path of the capture. */
async function record(kernel: FakeKernel, line: string, name: string): Promise<string> {
  const recording = new RecordingTransport(kernel.connect());
  const run = await runIpvs(kernel, line, {
    overrides: { open: async () => IpvsSync.open({ transport: recording }) },
  });
  assert.equal(run.status, 0, run.errors);
  const path = join(folder, name);
  writeFileSync(path, recording.capture.bytes());
  return path;
}

const overrides = {
  open: async ({ from }: { readonly from: string | undefined }) => openCapture(from!),
};

describe('captures', () => {
  after(() => rmSync(folder, { recursive: true }));

  for (const singleDump of ['none', 'nested', 'flat'] as const) {
    it(`give the same listings as the recorded kernel (single dump: ${singleDump})`, async () => {
      const kernel = await kernelWithTable(singleDump);
      const strategy = singleDump === 'none' ? '--per-service' : '--single';
      const path = await record(kernel, `-Ln ${strategy}`, `list-${singleDump}.pcap`);
      for (const line of ['-Ln', '-Ln --stats', '-Ln --nosort', '-L --json']) {
        const listed = await runIpvs(kernel, line);
        const run = await runIpvs(kernel, `${line} --from ${path}`, { overrides });
        assert.deepEqual([run.status, run.errors], [0, '']);
        assert.equal(run.output, listed.output, line);
      }
    });
  }

  it('give the same rules with -S as the recorded kernel, and listings say what is missing', async () => {
    const kernel = await kernelWithTable('none');
    const saved = await record(kernel, '-Sn --lossless --per-service', 'save.pcap');
    const run = await runIpvs(kernel, `-Sn --lossless --from ${saved}`, { overrides });
    assert.equal(run.output, (await runIpvs(kernel, '-Sn --lossless')).output);
    const listed = await runIpvs(kernel, `-Ln --from ${saved}`, { overrides });
    assert.match(listed.output, /^IP Virtual Server version unknown \(.*GET_INFO\)\nProt LocalAddress/);
    const forced = await runIpvs(kernel, `-Ln --single --from ${saved}`, { overrides });
    assert.equal(forced.status, 1);
    assert.match(
      forced.errors,
      /^ipvs: [^\n]+: the capture contains no replies to the single dump \(IPVS_CMD_GET_SERVICE_DEST\)\n$/,
    );
  });

  it('are printed message by message', async () => {
    const kernel = await kernelWithTable('none');
    const path = await record(kernel, '-A -t 10.0.0.9:80 -s rr', 'change.pcap');
    const { output, status } = await runIpvs(kernel, `decode ${path}`);
    assert.equal(status, 0);
    assert.match(output, /^\d+\.\d{6} to-kernel, \d+ bytes\n {2}nlctrl /);
    assert.match(output, /IPVS NEW_SERVICE [^\n]*REQUEST/);
    assert.match(output, /scheduler: .*rr/);
    assert.match(output, /to-user/);
  });

  it('must be captures: another file is refused in one line that names it', async () => {
    const path = join(folder, 'none.pcap');
    writeFileSync(path, 'this is no capture at all, but long enough');
    for (const line of [`decode ${path}`, 'decode /nonexistent.pcap', `-Ln --from ${path}`]) {
      const run = await runIpvs(new FakeKernel(), line, { overrides });
      assert.equal(run.status, 1);
      assert.equal(run.output, '');
      assert.match(run.errors, /^ipvs: \/[^\n]+\.pcap: [^\n]+\n$/);
    }
  });

  it('are decoded also if --from names them', async () => {
    const path = await record(await kernelWithTable('none'), '-Ln --per-service', 'from.pcap');
    const decoded = await runIpvs(new FakeKernel(), `decode ${path}`);
    for (const line of [`--from ${path} decode`, `decode --from=${path}`])
      assert.equal((await runIpvs(new FakeKernel(), line)).output, decoded.output);
  });
});
