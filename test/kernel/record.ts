/**
 * `node dist/test/kernel/record.js`: boots the kernels and records the netlink messages that ipvsadm and
 * our client exchange with them, into fixtures/, with provenance and expected decoding: on stock kernels
 * requests of every kind, on those with the single dump both ways of reading the whole table.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCapture } from '../../lib/capture/pcap.ts';
import { decodeCapture } from '../fixtures/decode-capture.ts';
import { singleDumpKernels } from './ip_vs/kernels.ts';
import { runInGuest } from './lab/guest/guest.ts';
import { guestProjectFolder } from './lab/guest/init.ts';
import { type KernelVariant, stockKernels } from './lab/packages/kernels.ts';
import { projectFolder } from './lab/project.ts';
import { recordedDaemon, recordedServices, recordedTimeouts } from './recording/rules.ts';

const fixtures: string = join(projectFolder, 'fixtures');
const clientCommand: string = `node ${guestProjectFolder}/dist/test/kernel/recording/traffic.js`;
const { tcp, tcpFin, udp } = recordedTimeouts;
const { interface: device, syncId } = recordedDaemon;

interface Recording {
  readonly name: string;
  readonly program: 'ipvsadm' | 'ipvs-netlink';
  /** Commands that run before and are not recorded. */
  readonly before?: readonly string[];
  readonly commands: readonly string[];
}

const ipvsadmWrites: readonly string[] = [
  ...recordedServices.flatMap(({ ipvsadm }) => ipvsadm.map((options) => `ipvsadm ${options}`)),
  `ipvsadm --set ${tcp} ${tcpFin} ${udp}`,
  `ipvsadm --start-daemon master --mcast-interface ${device} --syncid ${syncId}`,
];

/** On stock kernels, in the order in which they run: each program reads the table that it wrote. */
const stockRecordings: readonly Recording[] = [
  { name: 'ipvsadm-write', program: 'ipvsadm', commands: ipvsadmWrites },
  {
    name: 'ipvsadm-read',
    program: 'ipvsadm',
    commands: ['ipvsadm -Sn', 'ipvsadm -Ln --stats', 'ipvsadm -Ln --timeout', 'ipvsadm -Ln --daemon'],
  },
  { name: 'ipvs-netlink-write', program: 'ipvs-netlink', commands: [`${clientCommand} write`] },
  { name: 'ipvs-netlink-read', program: 'ipvs-netlink', commands: [`${clientCommand} read`] },
  { name: 'ipvs-netlink-change', program: 'ipvs-netlink', commands: [`${clientCommand} change`] },
];

/** On kernels with the single dump. */
const singleDumpRecordings: readonly Recording[] = [
  {
    name: 'single-dump',
    program: 'ipvs-netlink',
    before: [`${clientCommand} write`, `${clientCommand} add-destinations`],
    commands: [`${clientCommand} dumps`],
  },
];

/** The script that makes the recordings, with a namespace for each program, so that each writes into an empty table. */
function script(recordings: readonly Recording[]): string {
  const programs = [...new Set(recordings.map(({ program }) => program))];
  const lines = [
    'set -e; trap "cat /tmp/tcpdump" ERR',
    'modprobe ip_vs; modprobe nlmon; modprobe dummy',
    'uname -r > $IPVS_LAB_OUT/release',
    'ipvsadm --version > $IPVS_LAB_OUT/ipvsadm-version 2>&1',
    'tcpdump --version > $IPVS_LAB_OUT/tcpdump-version 2>&1',
    ...programs.flatMap((namespace) => [
      `ip netns add ${namespace}`,
      `ip -n ${namespace} link set lo up`,
      `ip -n ${namespace} link add d0 type dummy`,
      `ip -n ${namespace} address add 10.0.0.1/16 dev d0`,
      `ip -n ${namespace} address add 2001:db8::1/64 dev d0 nodad`,
      `ip -n ${namespace} link set d0 up`,
      `ip -n ${namespace} link add nlmon0 type nlmon`,
      `ip -n ${namespace} link set nlmon0 up`,
    ]),
    ...recordings.flatMap(({ name, program, before = [], commands }) => [
      ...before.map((command) => `ip netns exec ${program} ${command} > /dev/null`),
      `ip netns exec ${program} tcpdump -Z root -n -i nlmon0 -s 65535 -B 32768 -U --immediate-mode -w $IPVS_LAB_OUT/${name}.pcap 2>/tmp/tcpdump &`,
      'recorder=$!',
      'until grep -q "listening on" /tmp/tcpdump; do sleep 0.2; kill -0 $recorder; done; echo recording',
      ...commands.map((command) => `ip netns exec ${program} ${command} > /dev/null`),
      'sleep 0.5; kill $recorder; wait $recorder || true; cat /tmp/tcpdump; rm /tmp/tcpdump',
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function text(files: ReadonlyMap<string, Buffer>, name: string): string {
  return files.get(name)!.toString().trim();
}

async function record(kernel: KernelVariant, recordings: readonly Recording[]): Promise<void> {
  const { status, output, files } = await runInGuest({
    kernel,
    command: script(recordings),
    onOutput: (text) => process.stdout.write(text),
  });
  if (status !== 0) throw new Error(`${kernel.name}: recording ended with status ${status}\n${output}`);
  const folder = join(fixtures, kernel.name);
  mkdirSync(folder, { recursive: true });
  for (const { name, program, commands } of recordings) {
    const capture = files.get(`${name}.pcap`)!;
    const provenance = {
      kernel: text(files, 'release'),
      program: program === 'ipvsadm' ? text(files, 'ipvsadm-version') : program,
      recorder: text(files, 'tcpdump-version').split('\n')[0],
      date: new Date().toISOString().slice(0, 10),
      how: 'node dist/test/kernel/record.js: nlmon and tcpdump in a QEMU guest, in a namespace of its own',
      commands: commands.map((command) => command.replace(guestProjectFolder, '.')),
    };
    const json = (value: unknown): string => `${JSON.stringify(value, undefined, 1)}\n`;
    writeFileSync(join(folder, `${name}.pcap`), capture);
    writeFileSync(join(folder, `${name}.json`), json(provenance));
    writeFileSync(join(folder, `${name}.decoded.json`), json(decodeCapture(readCapture(capture))));
    process.stdout.write(`${kernel.name}/${name}.pcap: ${capture.length} bytes\n`);
  }
}

// Guests are killed on the 'exit' event of this process, which a signal alone does not trigger.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const names = process.argv.slice(2);
const kernels: readonly (readonly [KernelVariant, readonly Recording[]])[] = [
  ...stockKernels.map((kernel) => [kernel, stockRecordings] as const),
  ...singleDumpKernels.map((kernel) => [kernel, singleDumpRecordings] as const),
];
for (const [kernel, recordings] of kernels)
  if (names.length === 0 || names.includes(kernel.name)) await record(kernel, recordings);
