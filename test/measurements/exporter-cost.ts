/**
 * Measures what a scrape of `ipvs exporter` costs at 16 000 services, in processor time, against a dump and the making
 * of its metrics text in the same process, and the memory after two hundred scrapes; fails if a scrape takes more than
 * 1.5 times as long, or memory grows by a tenth: `npm run build && node dist/test/measurements/exporter-cost.js`. The
 * fake kernel and the scraper are processes of their own.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createFakeTable } from '../../bench/kernels/fake-kernel.ts';
import { type CreatedTable, openSocket } from '../../bench/kernels/table-location.ts';
import { benchmarkTableNamed } from '../../bench/tables/benchmark-tables.ts';
import { processSystem } from '../../lib/cli/process-system.ts';
import { runProgram } from '../../lib/cli/program.ts';
import { Ipvs } from '../../lib/index.ts';
import { metricsText } from '../../lib/metrics/index.ts';

const TABLE = '16000x1';
const MAX_RATIO = 1.5;
const rounds = 9;
const scrapes = 200;
const [portId = ''] = process.argv.slice(2);

/** The exporter's process: it serves, and for each line of its input makes a dump and its text, which it discards. */
async function serve(location: CreatedTable['location']): Promise<void> {
  const open = (): Promise<Ipvs> => Ipvs.open({ transport: openSocket(location) });
  void runProgram(['exporter', '--listen', '0'], {
    ...processSystem,
    openAsync: open,
    writeError: (line) => process.stdout.write(`${line}\n`),
  });
  const ipvs = await open();
  for await (const _line of createInterface({ input: process.stdin })) {
    const before = process.cpuUsage();
    let length = 0;
    for (const chunk of metricsText((await ipvs.records()).services)) length += Buffer.byteLength(chunk);
    const { user, system } = process.cpuUsage(before);
    process.stdout.write(`${(user + system) / 1e6} ${length}\n`);
  }
  process.exit();
}

function median(values: readonly number[]): number {
  return values.toSorted((first, second) => first - second)[values.length >> 1]!;
}

async function measure(): Promise<void> {
  const table = await createFakeTable(benchmarkTableNamed(TABLE));
  assert.ok(table.location.kind === 'fake');
  const script = [import.meta.filename, String(table.location.portId)];
  const exporter = spawn(process.execPath, script, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: exporter.stdout })[Symbol.asyncIterator]();
  const url = /http:\S+/.exec((await lines.next()).value!)![0];
  /** Scrapes, and returns the exporter's processor time and memory from the text. */
  const scrape = async (): Promise<{ readonly seconds: number; readonly memory: number }> => {
    const text = await (await fetch(url)).text();
    const value = (name: string): number => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)![1]);
    return { seconds: value('process_cpu_seconds_total'), memory: value('process_resident_memory_bytes') };
  };
  /** Seconds of processor time that the exporter takes for a dump and its text alone. */
  const dumpAndText = async (): Promise<number> => {
    exporter.stdin.write('\n');
    return Number((await lines.next()).value!.split(' ')[0]);
  };
  const ratios: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < rounds + 2; round++) {
    const base = await dumpAndText();
    // A response has the processor time at which its text was made, so the difference of two is that of one scrape.
    const before = (await scrape()).seconds;
    const after = (await scrape()).seconds;
    if (round >= 2) ratios.push((after - before) / base);
  }
  console.log(`a scrape against a dump and its text: ${median(ratios).toFixed(2)}`);
  for (let count = 0; count < scrapes; count++) memory.push((await scrape()).memory);
  const early = median(memory.slice(0, 20));
  const late = median(memory.slice(-20));
  console.log(`memory, MiB: ${[early, late].map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(', then ')}`);
  exporter.stdin.end();
  await once(exporter, 'exit');
  await table.close();
  assert.ok(median(ratios) < MAX_RATIO);
  assert.ok(late < 1.1 * early);
}

await (portId === '' ? measure() : serve({ kind: 'fake', portId: Number(portId) }));
