import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { GuestProgram } from './packages/guest-programs.ts';
import { projectFolder } from './project.ts';

const folder = join(projectFolder, 'dist/test/kernel/suite');

/** Programs of packages that suites need, by the suites' names. */
export const suitePrograms: ReadonlyMap<string, readonly GuestProgram[]> = new Map([
  ['fleet', ['etcd']],
  ['import', ['keepalived']],
  ['metrics', ['prometheus', 'promtool', 'prometheus-node-exporter']],
  ['reconciler-faults', ['etcd']],
  [
    'systemd',
    ['systemd', 'systemd-journald', 'systemd-analyze', 'systemctl', 'journalctl', 'unshare', 'nsenter'],
  ],
  ['top', ['tmux']],
]);

/** The paths of the suites for guests whose file names contain one of the patterns; all if there is no pattern. */
export function suitesNamed(patterns: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .filter((name) => patterns.length === 0 || patterns.some((pattern) => basename(name).includes(pattern)))
    .map((name) => join(folder, name));
}

/** The programs of packages that these suites, given by their paths, need. */
export function programsOf(suites: readonly string[]): readonly GuestProgram[] {
  return [...new Set(suites.flatMap((path) => suitePrograms.get(basename(path, '.test.js')) ?? []))];
}
