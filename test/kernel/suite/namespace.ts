import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Runs a program of the guest and returns what it prints. */
export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
}

/** Runs a program inside a network namespace of the guest. */
export function runIn(namespace: string, command: string, ...args: string[]): string {
  return run('ip', 'netns', 'exec', namespace, command, ...args);
}

/** Makes a network namespace with a table of its own, `lo`, and an interface `eth0` with addresses. */
export function addNamespace(namespace: string): void {
  run('modprobe', '-a', 'ip_vs', 'dummy');
  run('ip', 'netns', 'add', namespace);
  const commands = [
    'link set lo up',
    'link add eth0 type dummy',
    'link set eth0 up',
    'address add 203.0.113.1/24 dev eth0',
    'address add 2001:db8:ffff::1/64 dev eth0 nodad',
  ];
  for (const command of commands) runIn(namespace, 'ip', ...command.split(' '));
}

/** Removes a network namespace and its table. */
export function deleteNamespace(namespace: string): void {
  run('ip', 'netns', 'delete', namespace);
}

/** Removes ip_vs and all modules that depend on it; throws while one of them is in use. */
export function unloadIpVs(): void {
  const loaded = readFileSync('/proc/modules', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[0]!);
  const modules = [...loaded.filter((module) => module.startsWith('ip_vs_')), 'ip_vs'];
  execFileSync('rmmod', modules, { stdio: 'pipe' });
}

/**
 * Removes ip_vs once the tables of deleted namespaces are gone, which the kernel removes in the background, one
 * namespace after the other; throws after two minutes, and says what is still there. A client that is still open
 * holds its namespace, and hooks of one suite run in the order in which they are written; so open clients in a nested
 * suite, whose hooks close them before the outer suite deletes the namespace.
 */
export async function unloadIpVsWhenUnused(): Promise<void> {
  for (const limit = Date.now() + 120_000; ; await sleep(250)) {
    try {
      unloadIpVs();
      return;
    } catch (error) {
      if (Date.now() < limit) continue;
      const modules = readFileSync('/proc/modules', 'utf8').match(/^ip_vs.*$/gm) ?? [];
      throw new Error([(error as Error).message, ...modules, run('ip', 'netns', 'list')].join('\n'));
    }
  }
}

/** Whether the guest runs a patched kernel. */
export function offersSingleDump(): boolean {
  return !(process.env.IPVS_LAB_KERNEL ?? '').startsWith('stock-');
}
