import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  desiredFileText,
  IpvsSync,
  parseDesiredState,
  ReplyLostError,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
} from '../../../lib/index.ts';
import { NetlinkSocket } from '../../../lib/socket.ts';
import { NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { sideOfTable } from './apply-process.ts';
import { addNamespace, deleteNamespace } from './namespace.ts';
import { countSystemCalls } from './system-calls.ts';

const name = 'batch-suite';
const netns = `/run/netns/${name}`;
/** How many services; emulation is slow, so the public 16000 are for when there is time. */
const services = Number(process.env.IPVS_LAB_SERVICES ?? 1000);
const kills = Number(process.env.IPVS_LAB_KILLS ?? 2);

type Table = ServiceWithDestinationsDefinition[];

function wantedTable(): Table {
  return Array.from({ length: services }, (_, index) => ({
    protocol: 'tcp' as const,
    address: '10.0.0.1',
    port: 30_000 + index,
    scheduler: 'rr',
    destinations: [{ address: '10.0.0.1', port: 10_000 + index }],
  }));
}

/** Each service as text by its key, without what traffic changes. */
function states(ipvs: IpvsSync): Map<string, string> {
  return new Map(
    ipvs
      .dump()
      .services.map((service) => [
        serviceKeyText(service),
        [
          service.scheduler,
          ...service.destinations.map(({ address, port, weight }) => `${address}:${port} ${weight}`).sort(),
        ].join(),
      ]),
  );
}

/**
 * Runs `use` with a namespace that nothing was ever removed from: what a flush removes stays in the
 * kernel's trash for a minute or two, where each new destination is looked for (ip_vs_trash_get_dest).
 */
function inFreshNamespace<Result>(use: (namespace: string) => Result): Result {
  const fresh = `${name}-fresh`;
  addNamespace(fresh);
  try {
    return use(fresh);
  } finally {
    deleteNamespace(fresh);
  }
}

describe('batches and plans in a guest', () => {
  let ipvs: IpvsSync;
  before(() => {
    addNamespace(name);
    ipvs = IpvsSync.open({ netns });
  });
  after(() => {
    ipvs.close();
    deleteNamespace(name);
  });

  it('takes nothing for done that was refused when errors are lost', (t) => {
    const transport = NetlinkSocket.open({
      protocol: NetlinkProtocol.GENERIC,
      netns,
      receiveBuffer: 2048,
    });
    using small = IpvsSync.open({ transport });
    const outcomes = small.batch(
      Array.from({ length: 400 }, (_, index) => ({
        do: index % 2 === 0 ? ('add-service' as const) : ('update-service' as const),
        service: { protocol: 'tcp', address: '10.0.0.1', port: index + 1, scheduler: 'rr' } as const,
      })),
    );
    assert.equal(ipvs.services().length, 200);
    let unknown = 0;
    for (const [index, outcome] of outcomes.entries()) {
      if (!outcome.ok && outcome.error instanceof ReplyLostError) unknown++;
      else assert.equal(outcome.ok, index % 2 === 0, `write ${index}`);
    }
    t.diagnostic(`${unknown} of ${outcomes.length} outcomes were unknown`);
    assert.ok(unknown > 0 && unknown < outcomes.length);
    ipvs.flush();
  });

  it('fills an empty table with at least 5 times fewer system calls than ipvsadm -R', (t) => {
    const wanted = wantedTable();
    const lines = wanted.flatMap(({ port, destinations: [destination] }) => [
      `-A -t 10.0.0.1:${port} -s rr`,
      `-a -t 10.0.0.1:${port} -r 10.0.0.1:${destination!.port} -m -w 1`,
    ]);
    const count = countSystemCalls();
    const [theirTime, theirCalls] = inFreshNamespace<[number, number]>((fresh) => {
      const started = performance.now();
      const theirs = spawnSync('ip', ['netns', 'exec', fresh, 'ipvsadm', '-R'], {
        input: `${lines.join('\n')}\n`,
        encoding: 'utf8',
      });
      const took = performance.now() - started;
      assert.equal(theirs.status, 0, theirs.stderr);
      using reader = IpvsSync.open({ netns: `/run/netns/${fresh}` });
      assert.deepEqual(reader.plan(wanted).operations, []);
      return [took, count(theirs.pid)];
    });

    const made = ipvs.plan(wanted);
    const [batchTime, batchCalls, cpu] = inFreshNamespace<[number, number, NodeJS.CpuUsage]>((fresh) => {
      using writer = IpvsSync.open({ netns: `/run/netns/${fresh}` });
      writer.info();
      const callsBefore = count(process.pid);
      const cpuBefore = process.cpuUsage();
      const start = performance.now();
      const outcomes = writer.batch(made.operations);
      const took = performance.now() - start;
      const used = process.cpuUsage(cpuBefore);
      assert.ok(outcomes.every(({ ok }) => ok));
      return [took, count(process.pid) - callsBefore, used];
    });

    const applyBefore = count(process.pid);
    const applyStart = performance.now();
    const result = ipvs.apply(made);
    const applyTime = performance.now() - applyStart;
    const applyCalls = count(process.pid) - applyBefore;
    assert.deepEqual([result.failures, result.remaining.differences], [[], []]);

    const rules = lines.length;
    t.diagnostic(
      `${services}x1, per rule: ipvsadm -R ${(theirCalls / rules).toFixed(2)} system calls, ` +
        `batch ${(batchCalls / rules).toFixed(2)}, apply with its verifying dump ${(applyCalls / rules).toFixed(2)}; ` +
        `ipvsadm takes ${(theirTime / batchTime).toFixed(1)} times as long as the batch, ` +
        `of whose processor time ${Math.round((100 * cpu.system) / (cpu.user + cpu.system))} % is the kernel's, ` +
        `${(theirTime / applyTime).toFixed(1)} times as long as apply`,
    );
    assert.ok(theirCalls >= 5 * applyCalls, `${theirCalls} against ${applyCalls} system calls`);
    assert.ok(theirCalls >= 10 * batchCalls, `${theirCalls} against ${batchCalls} system calls`);
  });

  it('finds the 1 % that changed for little more than one dump', (t) => {
    const wanted = wantedTable();
    const changed = wanted.map((service, index) =>
      index % 100 === 0 ? { ...service, scheduler: 'wrr' } : service,
    ) as Table;
    const time = (work: () => unknown): number => {
      const start = performance.now();
      work();
      return performance.now() - start;
    };
    const dump = Math.min(...[1, 2, 3].map(() => time(() => ipvs.dump())));
    const planning = Math.min(...[1, 2, 3].map(() => time(() => ipvs.plan(changed))));
    const { operations } = ipvs.plan(changed);
    assert.deepEqual(
      operations.map((operation) => operation.do),
      Array(services / 100).fill('update-service'),
    );
    t.diagnostic(`${services}x1, 1 % changed: the plan takes ${(planning / dump).toFixed(2)} times one dump`);
    assert.ok(planning < 3 * dump, `${planning} against ${dump} ms`);
    const result = ipvs.apply(ipvs.plan(changed));
    assert.deepEqual(result.remaining.differences, []);
    assert.equal(ipvs.apply(result.remaining).sent, 0);
  });

  it('writes the table to a file and reads the same table back', async () => {
    const text = await desiredFileText(ipvs.dump().services);
    assert.deepEqual(ipvs.plan(await parseDesiredState(text)).operations, []);
  });

  it('leaves every service as it was or as wanted when it is killed', async (t) => {
    const size = 100;
    const wholes: Map<string, string>[] = [];
    for (const side of [1, 0] as const) {
      const result = ipvs.apply(ipvs.plan(sideOfTable(size, side)));
      assert.deepEqual(result.remaining.differences, []);
      wholes.push(states(ipvs));
    }
    const [other, one] = wholes as [Map<string, string>, Map<string, string>];
    const script = join(import.meta.dirname, 'apply-process.js');
    let between = 0;
    let duration: number | undefined;
    for (let kill = 0; kill < kills; kill++) {
      const child = spawn(process.execPath, [script, netns, String(size)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let begun = 0;
      for await (const chunk of child.stdout) {
        const word = String(chunk);
        if (word.endsWith('b')) {
          if (duration !== undefined) {
            await setTimeout(Math.random() * duration);
            break;
          }
          begun = performance.now();
        } else if (begun > 0) duration ??= performance.now() - begun;
      }
      child.kill('SIGKILL');
      if (child.signalCode === null) await once(child, 'exit');
      const now = states(ipvs);
      for (const key of new Set([...one.keys(), ...other.keys()])) {
        const state = now.get(key);
        assert.ok(
          state === one.get(key) || state === other.get(key),
          `kill ${kill}: ${key} is ${state}, neither ${one.get(key)} nor ${other.get(key)}`,
        );
      }
      const isWhole = wholes.some((whole) =>
        [...new Set([...one.keys(), ...other.keys()])].every((key) => whole.get(key) === now.get(key)),
      );
      if (!isWhole) between++;
      const result = ipvs.apply(ipvs.plan(sideOfTable(size, 0)));
      assert.deepEqual([result.failures, result.remaining.differences], [[], []]);
      assert.deepEqual(states(ipvs), one);
    }
    t.diagnostic(`${kills} kills, ${between} of them between the two tables`);
  });
});
