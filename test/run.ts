/** `npm test`: runs every suite under dist/test but those for a real kernel, over all processors. */
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Milliseconds after which a suite has failed that has not ended: many times what the slowest takes. */
const SUITE_TIMEOUT = 900_000;

const kernelSuites = `kernel${sep}`;

/**
 * Folders whose suites share a process, as starting one for each takes longer than they do: suites that leave nothing
 * behind and do not measure their process.
 */
const SHARED = [
  'protocol',
  'bench',
  'lab',
  'lib/cli',
  'lib/capture',
  'lib/describe',
  'lib/http',
  'lib/ipvs/client',
  'lib/ipvs/desired-file',
  'lib/ipvs/keepalived',
  'lib/ipvs/operations',
  'lib/ipvs/plan',
  'lib/ipvs/proc',
  'lib/ipvs/reconcile',
  'lib/ipvs/source',
  'lib/ipvs/watch',
  'lib/metrics',
  'lib/netlink/connection',
  'lib/netlink/exchange',
  'lib/netlink/families',
  'lib/testing',
];

/** The suites whose path below dist/test has one of `parts` in it; all where there is none. */
function suites(parts: readonly string[]): string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js') && !name.startsWith(kernelSuites))
    .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
    .sort()
    .map((name) => join(import.meta.dirname, name));
}

/** The files to be run, each in a process: one in place of the suites of a shared folder. */
function processes(files: readonly string[]): string[] {
  const folderOf = (file: string): string | undefined =>
    SHARED.find((folder) => file.startsWith(join(import.meta.dirname, folder) + sep));
  const shared = SHARED.flatMap((folder) => {
    const imports = files.filter((file) => folderOf(file) === folder);
    if (imports.length === 0) return [];
    const path = join(import.meta.dirname, `suites-of-${folder.replaceAll('/', '-')}.js`);
    writeFileSync(path, imports.map((file) => `import ${JSON.stringify(file)};\n`).join(''));
    return [path];
  });
  return [...shared, ...files.filter((file) => folderOf(file) === undefined)];
}

const files = processes(suites(process.argv.slice(2)));
if (files.length === 0) {
  process.stderr.write('no suite was found: is the project built?\n');
  process.exitCode = 1;
} else {
  // Until the last event says otherwise: a runner that ends early has not passed.
  process.exitCode = 1;
  let passed = 0;
  let failed = 0;
  const events = run({ files, concurrency: availableParallelism() + 1, timeout: SUITE_TIMEOUT });
  events.on('test:pass', () => passed++);
  events.on('test:fail', () => failed++);
  events.on('end', () => {
    process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
  });
  events.compose(new spec()).pipe(process.stdout);
}
