import assert from 'node:assert/strict';
import { openFakeClient, openFakeClientAsync } from '../../../lib/cli/kernel/fake-client.ts';
import { ServicesFile } from '../../../lib/cli/names/services-file.ts';
import { runProgram } from '../../../lib/cli/program.ts';
import type { System } from '../../../lib/cli/system.ts';
import { Ipvs } from '../../../lib/ipvs/client/client.ts';
import { IpvsSync } from '../../../lib/ipvs/client/client-sync.ts';
import { textSource } from '../../../lib/ipvs/proc/connection-reader.ts';
import type { WithSysctls } from '../../../lib/ipvs/proc/index.ts';
import type { Transport } from '../../../lib/netlink/socket/transport.ts';
import type { FakeKernel } from '../../../lib/testing/index.ts';

const services = new ServicesFile(
  'ftp 21/tcp\nssh 22/tcp\ndomain 53/tcp\ndomain 53/udp\nhttp 80/tcp www\nhttps 443/tcp\n',
);

/** The result of a command line. */
export interface Run {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
  /** Number of datagrams that were sent. */
  readonly sent: number;
}

/** What a command line uses besides the kernel. */
export interface CommandEnvironment {
  readonly input?: string;
  /** The addresses of hosts by name. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  /** Text of /proc/net/ip_vs_conn. */
  readonly connections?: string;
  readonly overrides?: Partial<System>;
}

/** Runs one command line against a fake kernel. */
export async function runIpvs(
  kernel: FakeKernel,
  words: readonly string[] | string,
  { input = '', hosts = {}, connections = '', overrides = {} }: CommandEnvironment = {},
): Promise<Run> {
  let output = '';
  let errors = '';
  let sent = 0;
  const counting = (transport: Transport & WithSysctls): Transport & WithSysctls => ({
    sysctls: transport.sysctls,
    portId: transport.portId,
    repliesWithinSend: transport.repliesWithinSend,
    send: (datagram) => {
      sent++;
      transport.send(datagram);
    },
    receive: (into) => transport.receive(into),
    receiveAsync: (into) => transport.receiveAsync(into),
    close: () => transport.close(),
  });
  const addresses = new Map(Object.entries(hosts));
  const names = new Map(
    Object.entries(hosts).flatMap(([name, addresses]) => addresses.map((address) => [address, name])),
  );
  const system: System = {
    write: (text) => {
      output += text;
    },
    isTerminal: async () => false,
    screen: async () => undefined,
    writeError: (line) => {
      errors += `${line}\n`;
    },
    readInput: () => input,
    open: async ({ fake }) =>
      fake === undefined
        ? IpvsSync.open({ transport: counting(kernel.connect()) })
        : openFakeClient(fake.file),
    openAsync: async ({ fake }) =>
      fake === undefined
        ? await Ipvs.open({ transport: counting(kernel.connect()) })
        : await openFakeClientAsync(fake.file),
    stopInlining: () => undefined,
    readStatistics: async () => assert.fail('there are no statistics'),
    untilStopped: async () => undefined,
    loadModule: async () => false,
    lockNamespace: async () => ({ close: () => undefined }),
    missingPrivilege: () => 'root',
    openConnectionsFile: async () => textSource(connections),
    hostLookup: async () => ({
      addressOf: async (host, family) =>
        addresses.get(host)?.find((address) => address.includes(':') === (family === 'ipv6')),
      nameOf: async (address) => names.get(address),
      cancel: () => {},
    }),
    servicesFile: () => services,
    ...overrides,
  };
  const list = typeof words === 'string' ? words.split(' ').filter((word) => word !== '') : words;
  const status = await runProgram(list, system);
  return { status, output, errors, sent };
}
