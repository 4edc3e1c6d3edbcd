/**
 * Measures what `ipvs reconcile` costs while there is nothing to do:
 * `npm run build && node dist/test/measurements/reconcile-idle.js --seconds 3600`. Prints the share of a processor,
 * memory, descriptors, and the writes that the kernel has seen; fails if there is a write, if memory or descriptors
 * grow, or, on a kernel that counts its changes, above a hundredth of a processor. The fake kernel is in this process,
 * `ipvs reconcile` in a child process.
 *
 *   --seconds N         how long to measure (20)
 *   --services N        services of the table, with a destination each (16000)
 *   --no-generations    a kernel that does not count its changes
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { processSystem } from '../../lib/cli/process-system.ts';
import { runProgram } from '../../lib/cli/program.ts';
import { Ipvs } from '../../lib/index.ts';
import { NetlinkSocket } from '../../lib/netlink.ts';
import { FakeKernel } from '../../lib/testing/index.ts';
import { KernelServer } from '../../lib/testing/server/kernel-server.ts';
import { NetlinkProtocol } from '../../protocol/netlink/index.ts';

const MAX_SHARE = 0.01;
/** Factor by which memory may grow: what garbage collection leaves differs from one sample to the next. */
const MAX_GROWTH = 1.1;
/** What the first runs leave behind is collected within this time, in milliseconds. */
const WARM_UP = 15_000;
const SAMPLES = 10;
const TICKS_PER_SECOND = 100;
const PAGE = 4096;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    services: { type: 'string', default: '16000' },
    'no-generations': { type: 'boolean', default: false },
    // For the child process: the port id of the parent's fake kernel, and the folder of the desired state.
    'kernel-port': { type: 'string' },
    folder: { type: 'string' },
  },
});

/**
 * Runs `ipvs reconcile` in the child process, on the fake kernel of its parent. With `--fake` it does not lock this
 * machine's network namespace, as it does for a real kernel; the name of its file, `none`, is not used, because
 * `openAsync` opens the client.
 */
async function runReconcile(portId: number, folder: string): Promise<void> {
  const args = ['reconcile', join(folder, 'desired.json'), '--state', join(folder, 'state.json')];
  process.exitCode = await runProgram(['--fake=none', ...args], {
    ...processSystem,
    openAsync: () =>
      Ipvs.open({ transport: NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: portId }) }),
  });
}

interface Sample {
  /** Processor time since the process began, in seconds. */
  readonly processor: number;
  /** Resident memory, in MiB. */
  readonly memory: number;
  readonly descriptors: number;
  readonly writes: number;
}

function takeSample(pid: number, kernel: FakeKernel): Sample {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return {
    processor: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    memory: (pages * PAGE) / 2 ** 20,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    writes: kernel.state.generation,
  };
}

function desired(count: number): string {
  const services = Array.from({ length: count }, (_, index) => ({
    protocol: 'tcp',
    address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    port: 80,
    scheduler: 'wrr',
    destinations: [{ address: '10.255.0.1', port: 80, forwarding: 'masq', weight: 10 }],
  }));
  return JSON.stringify({ services });
}

async function measure(): Promise<void> {
  const seconds = Number(options.seconds);
  const services = Number(options.services);
  const countsChanges = !options['no-generations'];
  const folder = mkdtempSync(join(tmpdir(), 'reconcile-idle-'));
  writeFileSync(join(folder, 'desired.json'), desired(services));
  const kernel = new FakeKernel({ singleDump: countsChanges ? 'nested' : 'none' });
  const server = new KernelServer(kernel);
  const serving = server.run();
  const script = [import.meta.filename, '--kernel-port', String(server.portId), '--folder', folder];
  const child = spawn(process.execPath, script, { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`ipvs reconcile has ended: ${code ?? signal}`);
  });
  ended.catch(() => undefined);
  const wait = (milliseconds: number): Promise<unknown> => Promise.race([delay(milliseconds), ended]);
  try {
    while (kernel.state.serviceCount < services) await wait(100);
    await wait(WARM_UP);
    const samples = [takeSample(child.pid!, kernel)];
    const started = performance.now();
    for (let count = 0; count < SAMPLES; count++) {
      await wait((seconds * 1000) / SAMPLES);
      samples.push(takeSample(child.pid!, kernel));
    }
    const first = samples[0]!;
    const last = samples.at(-1)!;
    const share = (1000 * (last.processor - first.processor)) / (performance.now() - started);
    const whetherCounting = countsChanges ? 'counts its changes' : 'does not count its changes';
    const memory = samples.map((sample) => sample.memory.toFixed(0)).join(' ');
    console.log(`${services} services, ${seconds} s, on a kernel that ${whetherCounting}:`);
    console.log(`${(100 * share).toFixed(2)} % of a processor; ${last.writes - first.writes} writes`);
    console.log(`memory, MiB: ${memory}; descriptors: ${first.descriptors}, then ${last.descriptors}`);
    assert.equal(last.writes, first.writes, 'writes');
    assert.ok(last.descriptors <= first.descriptors, 'descriptors');
    assert.ok(last.memory < MAX_GROWTH * samples[1]!.memory, 'memory');
    if (countsChanges) assert.ok(share < MAX_SHARE, 'the share of a processor');
  } finally {
    child.kill();
    server.stop();
    await serving;
    rmSync(folder, { recursive: true });
  }
}

const { 'kernel-port': portId, folder } = options;
await (portId === undefined ? measure() : runReconcile(Number(portId), folder!));
