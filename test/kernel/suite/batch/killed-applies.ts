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

/** What killing processes that apply a table came to. */
export interface KilledApplies {
  readonly kills: number;
  /** How many of them left the table between the two. */
  readonly between: number;
}

/**
 * `count` services; those of the other `side` differ in weights and destinations, half of them in their ports,
 * and a few in the scheduler too: for each of those the kernel waits (synchronize_rcu in
 * ip_vs_edit_service), and all the others are done in the time of one or two.
 */
function sideOfTable(count: number, side: number): ServiceWithDestinationsDefinition[] {
  return Array.from({ length: count }, (_, index) => ({
    protocol: 'tcp' as const,
    address: '10.0.0.1',
    port: 1000 + index + side * Math.floor(count / 2),
    scheduler: side === 1 && index % 32 === 31 ? 'wrr' : 'rr',
    destinations: Array.from({ length: 1 + ((index + side) % 3) }, (__, last) => ({
      address: `10.1.${side}.${last + 1}`,
      port: 80,
      forwarding: 'masq' as const,
      weight: 1 + side + last,
    })),
  }));
}

/** Each service as text by its key, without what traffic changes. */
function states(ipvs: IpvsSync): Map<string, string> {
  return new Map(
    ipvs.dump().services.map((service) => {
      const destinations = service.destinations.map(
        ({ address, port, weight }) => `${address}:${port} ${weight}`,
      );
      return [serviceKeyText(service), [service.scheduler, ...destinations.sort()].join()];
    }),
  );
}

const alarm: Int32Array = new Int32Array(new SharedArrayBuffer(4));

function sleep(milliseconds: number): void {
  Atomics.wait(alarm, 0, 0, milliseconds);
}

function isSame(one: Map<string, string>, other: Map<string, string>): boolean {
  return one.size === other.size && [...one].every(([key, state]) => other.get(key) === state);
}

/** Kills processes while they make a table the one side or the other, and lets the next apply complete it. */
function killApplies(netns: string, services: number, kills: number): KilledApplies {
  const ipvs = IpvsSync.open({ netns });
  const sides = [0, 1].map((side) => sideOfTable(services, side));
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

  /** A process of its own that makes the table this side; it reports ahead of the first datagram that changes it. */
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

  function complete(side: number): void {
    const result = ipvs.apply(ipvs.plan(sides[side]!, { allowRemoval: 'any' }));
    assert.deepEqual([result.failures, result.remaining.operations], [[], []]);
  }

  const wholes: Map<string, string>[] = [];
  for (const side of [0, 1]) {
    complete(side);
    wholes[side] = states(ipvs);
  }
  let side = 1;
  let duration = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 4; run++) {
    side = 1 - side;
    const pid = start(sides[side]!, (client, { operations }) => {
      client.batch(operations);
      report();
    });
    const begun = performance.now();
    awaitReport();
    duration = Math.min(duration, performance.now() - begun);
    kill(pid);
  }

  let between = 0;
  for (let done = 0; done < kills; done++) {
    const before = wholes[side]!;
    side = 1 - side;
    const desired = wholes[side]!;
    const pid = start(sides[side]!, (client, plan) => client.apply(plan));
    // Spread evenly over the writing.
    sleep(((done + Math.random()) / kills) * duration);
    kill(pid);
    const now = states(ipvs);
    for (const key of new Set([...before.keys(), ...desired.keys(), ...now.keys()])) {
      const state = now.get(key);
      assert.ok(
        state === before.get(key) || state === desired.get(key),
        `kill ${done}: ${key} is ${state}, neither ${before.get(key)} nor ${desired.get(key)}`,
      );
    }
    if (!isSame(now, before) && !isSame(now, desired)) between++;
    complete(side);
    assert.ok(isSame(states(ipvs), desired));
  }
  return { kills, between };
}

// A process of its own: `node --single-threaded --v8-pool-size=0 killed-applies.js NETNS SERVICES KILLS`.
if (argv[1] === import.meta.filename) {
  const [netns, services, kills] = argv.slice(2);
  process.stdout.write(JSON.stringify(killApplies(netns!, Number(services), Number(kills))));
  exit();
}
