import assert from 'node:assert/strict';
import { processSystem } from '../../../../lib/cli/process-system.ts';
import { runProgram } from '../../../../lib/cli/program.ts';
import type { System } from '../../../../lib/cli/system.ts';
import { ipvsadm, ipvsadmScript, type RunResult } from '../ipvsadm/ipvsadm.ts';
import { addNamespace, deleteNamespace } from '../namespace.ts';

/** The namespace whose table ipvsadm changes. */
export const firstNamespace = 'cli-suite';
/** The namespace whose table `ipvs` changes, which must have the same effect. */
export const secondNamespace = 'cli-suite-2';

/** Splits a command line into its arguments. */
export function splitArguments(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** Runs our command line in this process, in a namespace of the real kernel. */
export async function ipvs(namespace: string, line: readonly string[], input = ''): Promise<RunResult> {
  let output = '';
  const netns = `/run/netns/${namespace}`;
  const system: System = {
    ...processSystem,
    write: (text) => {
      output += text;
    },
    writeError: () => {},
    readInput: () => input,
    open: (location) => processSystem.open({ ...location, netns }),
    openConnectionsFile: (location) => processSystem.openConnectionsFile({ ...location, netns }),
  };
  return { status: await runProgram(line, system), output };
}

/** Listings that together show everything about a table. */
export const fullListings: readonly string[] = [
  '-Ln --thresholds',
  '-Ln --tun-info',
  '-Sn',
  '-L --timeout',
  '-L --daemon',
];

/** Applies rules by ipvsadm, and returns everything about the table as ipvsadm shows it. */
export function shownByIpvsadm(namespace: string, rules: readonly string[] = []): string[] {
  return ipvsadmScript(namespace, rules, fullListings);
}

/** Empties both tables and resets their timeouts. */
export async function clear(): Promise<void> {
  for (const name of [firstNamespace, secondNamespace]) {
    assert.equal((await ipvs(name, ['-C'])).status, 0);
    assert.equal((await ipvs(name, splitArguments('--set 900 120 300'))).status, 0);
  }
}

/**
 * Makes both namespaces. From 7.1 on a namespace has no table of connections before its first service, and ipvsadm
 * shows the size that it asked for when it started; so each gets a service, which is deleted again.
 */
export function addNamespaces(): void {
  for (const name of [firstNamespace, secondNamespace]) {
    addNamespace(name);
    ipvsadm(name, [splitArguments('-A -t 192.0.2.1:1'), splitArguments('-D -t 192.0.2.1:1')]);
  }
}

/** Deletes both namespaces and makes them anew. */
export function freshNamespaces(): void {
  deleteNamespaces();
  addNamespaces();
}

/** Removes both namespaces. */
export function deleteNamespaces(): void {
  for (const name of [firstNamespace, secondNamespace]) deleteNamespace(name);
}

/**
 * The services of a listing or save file, each with its destinations, and the lines before the first one, in a fixed
 * order: some that ipvsadm's sort treats as equal or compares wrongly come in the kernel's order.
 */
export function inFixedOrder(listing: string): string[] {
  const services = listing.split(/^(?=(?:-A|TCP|UDP|SCTP|FWM) )/m);
  return services.map((service) => service.split('\n').sort().join('\n')).sort();
}
