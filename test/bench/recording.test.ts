import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { recordFakeDump } from '../../bench/kernels/fake-kernel.ts';
import { measureProcesses } from '../../bench/processes/measure-processes.ts';
import { programsReading } from '../../bench/processes/programs.ts';
import { processRatio, processSamples } from '../../bench/report/ratios.ts';
import { MINIMUM_SAMPLES } from '../../bench/sampling/ratio.ts';
import { smallestTable } from '../../bench/tables/benchmark-tables.ts';
import { recordingFile } from '../../bench/tables/recording.ts';

const options = { rounds: MINIMUM_SAMPLES };

test('whole processes list a recording made from a dump, and the rules that they list are counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvs-recording-'));
  try {
    const file = join(folder, 'table.pcap');
    writeFileSync(file, recordingFile(recordFakeDump(smallestTable)));
    const programs = programsReading(file, undefined);
    const figures = await measureProcesses(smallestTable, programs, undefined, options, 60, () => {});
    assert.deepEqual(
      figures.programs.map(({ program }) => program),
      ['empty-node', 'ipvs-recording'],
    );
    assert.equal(processSamples(figures, 'ipvs-recording')!.length, MINIMUM_SAMPLES);
    assert.ok(processRatio(figures, 'ipvs-recording', 'empty-node') !== undefined);
    const other = { ...smallestTable, services: 2 };
    await assert.rejects(
      measureProcesses(other, programs, undefined, options, 60, () => {}),
      {
        message: 'ipvs-recording listed 2 rules of 1x1, not 3',
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a recording cannot be made of datagrams without a reply', () => {
  assert.throws(() => recordingFile({ bytes: new Uint8Array(0), bounds: [] }), /no reply/);
});
