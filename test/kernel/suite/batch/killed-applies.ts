import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { openSync, readSync, writeSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import {
  IpvsSync,
  type Plan,
  type ServiceWithDestinationsDefinition,
  serviceKeyText,
} from '../../../../lib/index.ts';
import { NetlinkSocket } from '../../../../lib/netlink/socket/socket.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { fork, signalThatEnded } from './fork.ts';

/** The result of killing processes while they apply a plan. */
export interface KilledApplies {
  readonly kills: number;
  /** How many of them left a table that is neither the version before nor the desired one. */
  readonly partial: number;
}

/**
 * One of two versions of a table, with `count` services. Those of the other version differ in weights and
 * destinations, half of them in their ports, and a few in the scheduler too: for each of those the kernel waits
 * (synchronize_rcu in ip_vs_edit_service), and all the others are done in the time of one or two such waits.
 */
function tableVersion(count: number, version: number): ServiceWithDestinationsDefinition[] {
  return Array.from({ length: count }, (_, index) => ({
    protocol: 'tcp' as const,
    address: '10.0.0.1',
    port: 1000 + index + version * Math.floor(count / 2),
    scheduler: version === 1 && index % 32 === 31 ? 'wrr' : 'rr',
    destinations: Array.from({ length: 1 + ((index + version) % 3) }, (__, number) => ({
      address: `10.1.${version}.${number + 1}`,
      port: 80,
      forwarding: 'masq' as const,
      weight: 1 + version + number,
    })),
  }));
}

/** Each service as text by its key, without what traffic changes. */
function serviceTexts(ipvs: IpvsSync): Map<string, string> {
  return new Map(
    ipvs.dump().services.map((service) => {
      const destinations = service.destinations.map(
        ({ address, port, weight }) => `${address}:${port} ${weight}`,
      );
      return [serviceKeyText(service), [service.scheduler, ...destinations.sort()].join()];
    }),
  );
}

const neverNotified: Int32Array = new Int32Array(new SharedArrayBuffer(4));

function sleep(milliseconds: number): void {
  Atomics.wait(neverNotified, 0, 0, milliseconds);
}

function isSame(one: Map<string, string>, other: Map<string, string>): boolean {
  return one.size === other.size && [...one].every(([key, text]) => other.get(key) === text);
}

/** Kills processes while they change a table from one version to the other, and lets the next apply complete it. */
function killApplies(netns: string, services: number, kills: number): KilledApplies {
  const ipvs = IpvsSync.open({ netns });
  const versions = [0, 1].map((version) => tableVersion(services, version));
  const fifo = join(tmpdir(), `killed-applies-${process.pid}`);
  execFileSync('mkfifo', [fifo]);
  const reports = openSync(fifo, 'r+');
  const byte = Buffer.alloc(1);

  const report = (): void => {
    writeSync(reports, byte);
  };
  const awaitReport = (): void => {
    readSync(reports, byte, 0, 1, null);
  };

  /** Forks a process that makes the table as desired, and reports before it sends the first datagram with changes. */
  function start(
    desired: ServiceWithDestinationsDefinition[],
    work: (client: IpvsSync, plan: Plan) => void,
  ): number {
    const pid = fork();
    if (pid === 0) {
      const transport = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, netns });
      const client = IpvsSync.open({ transport });
      const plan = client.plan(desired, { allowRemoval: 'any' });
      transport.send = (datagram) => {
        Reflect.deleteProperty(transport, 'send');
        report();
        transport.send(datagram);
      };
      work(client, plan);
      for (;;) sleep(1000);
    }
    awaitReport();
    return pid;
  }

  function kill(pid: number): void {
    process.kill(pid, 'SIGKILL');
    assert.equal(signalThatEnded(pid), constants.signals.SIGKILL);
  }

  function complete(version: number): void {
    const result = ipvs.apply(ipvs.plan(versions[version]!, { allowRemoval: 'any' }));
    assert.deepEqual([result.failures, result.remaining.operations], [[], []]);
  }

  const completeTexts: Map<string, string>[] = [];
  for (const version of [0, 1]) {
    complete(version);
    completeTexts[version] = serviceTexts(ipvs);
  }
  let version = 1;
  let duration = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4; run++) {
    version = 1 - version;
    const pid = start(versions[version]!, (client, { operations }) => {
      client.batch(operations);
      report();
    });
    const begun = performance.now();
    awaitReport();
    duration = Math.min(duration, performance.now() - begun);
    kill(pid);
  }

  let partial = 0;
  for (let index = 0; index < kills; index++) {
    const before = completeTexts[version]!;
    version = 1 - version;
    const desired = completeTexts[version]!;
    const pid = start(versions[version]!, (client, plan) => client.apply(plan));
    // Spread evenly over the writing.
    sleep(((index + Math.random()) / kills) * duration);
    kill(pid);
    const now = serviceTexts(ipvs);
    for (const key of new Set([...before.keys(), ...desired.keys(), ...now.keys()])) {
      const text = now.get(key);
      assert.ok(
        text === before.get(key) || text === desired.get(key),
        `kill ${index}: ${key} is ${text}, neither ${before.get(key)} nor ${desired.get(key)}`,
      );
    }
    if (!isSame(now, before) && !isSame(now, desired)) partial++;
    complete(version);
    assert.ok(isSame(serviceTexts(ipvs), desired));
  }
  return { kills, partial };
}

// A process of its own: `node --single-threaded --v8-pool-size=0 killed-applies.js NETNS SERVICES KILLS`.
if (argv[1] === import.meta.filename) {
  const [netns, services, kills] = argv.slice(2);
  process.stdout.write(JSON.stringify(killApplies(netns!, Number(services), Number(kills))));
  exit();
}
