import assert from 'node:assert/strict';
import { processSystem } from '../../../../lib/cli/process-system.ts';
import { runProgram } from '../../../../lib/cli/program.ts';
import type { System } from '../../../../lib/cli/system.ts';
import { ipvsadm, ipvsadmScript, type Ran } from '../ipvsadm/ipvsadm.ts';
import { addNamespace, deleteNamespace } from '../namespace.ts';

/** The namespace in which ipvsadm is run. */
export const first = 'cli-suite';
/** The namespace in which `ipvs` is run, to have the same effect. */
export const second = 'cli-suite-2';

/** The words of a command line. */
export function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** Runs our command line in this process, in a namespace of the real kernel. */
export async function ipvs(namespace: string, line: readonly string[], input = ''): Promise<Ran> {
  let output = '';
  const netns = `/run/netns/${namespace}`;
  const system: System = {
    ...processSystem,
    write: (text) => {
      output += text;
    },
    writeError: () => {},
    readInput: () => input,
    open: (source) => processSystem.open({ ...source, netns }),
    connections: (source) => processSystem.connections({ ...source, netns }),
  };
  return { status: await runProgram(line, system), output };
}

/** Listings that together show everything about a table. */
export const everything: readonly string[] = [
  '-Ln --thresholds',
  '-Ln --tun-info',
  '-Sn',
  '-L --timeout',
  '-L --daemon',
];

/** Everything about a table, as ipvsadm shows it. */
export function seen(namespace: string, rules: readonly string[] = []): string[] {
  return ipvsadmScript(namespace, rules, everything);
}

/** Empties both tables. */
export async function clear(): Promise<void> {
  for (const name of [first, second]) {
    assert.equal((await ipvs(name, ['-C'])).status, 0);
    assert.equal((await ipvs(name, words('--set 900 120 300'))).status, 0);
  }
}

/**
 * Makes both namespaces. From 7.1 on one has no table of connections before its first service, and ipvsadm shows
 * the size that it asked for when it started; so each has had a service.
 */
export function addNamespaces(): void {
  for (const name of [first, second]) {
    addNamespace(name);
    ipvsadm(name, [words('-A -t 192.0.2.1:1'), words('-D -t 192.0.2.1:1')]);
  }
}

/** Both namespaces as they are when new. */
export function freshNamespaces(): void {
  deleteNamespaces();
  addNamespaces();
}

/** Removes both namespaces. */
export function deleteNamespaces(): void {
  for (const name of [first, second]) deleteNamespace(name);
}

/**
 * A listing or save file as services, each with its destinations, and what comes before the first of them; all in an
 * order of their own: what ipvsadm's sort holds equal, or far apart, comes in the kernel's order.
 */
export function inAnyOrder(listing: string): string[] {
  const services = listing.split(/^(?=(?:-A|TCP|UDP|SCTP|FWM) )/m);
  return services.map((service) => service.split('\n').sort().join('\n')).sort();
}
