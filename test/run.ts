/** `npm test`: runs every suite under dist/test but those for a real kernel, over all processors. */
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Milliseconds that a suite may take before it fails: many times what the slowest one takes. */
const SUITE_TIMEOUT = 900_000;

const kernelSuites = `kernel${sep}`;

/**
 * Folders and suites that share a process, one list for each, the longest first: starting a process, and compiling and
 * warming up the same code in each, takes longer than most suites do. They leave nothing behind and do not measure
 * their process. The first list waits most of the time.
 */
const SHARED: readonly (readonly string[])[] = [
  ['lib/reconciler/faults'],
  ['lib/cli'],
  [
    'lib/ipvs/operations',
    'lib/ipvs/client',
    'lib/ipvs/faults/lost-and-repeated',
    'lib/ipvs/plan',
    'lib/ipvs/watch',
    'lib/ipvs/proc',
    'lib/ipvs/reconcile',
    'lib/metrics',
    'lib/testing',
  ],
  ['bench'],
  [
    'protocol',
    'fields',
    'fixtures',
    'fuzz/corpus',
    'lab',
    'lib/capture',
    'lib/describe',
    'lib/error-messages',
    'lib/http',
    'lib/ipvs/desired-file',
    'lib/ipvs/keepalived',
    'lib/text',
    'project/documentation',
    'project/documents',
    'project/exports',
    'project/layers',
  ],
  [
    'lib/ipvs/source',
    'lib/netlink/connection',
    'lib/netlink/exchange',
    'lib/netlink/families',
    'lib/netlink/socket/libc',
    'lib/netlink/socket/privileges',
    'lib/netlink/trace',
  ],
];

/** The suites whose path below dist/test contains one of `parts`; all if there are no parts. */
function suites(parts: readonly string[]): string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js') && !name.startsWith(kernelSuites))
    .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
    .sort()
    .map((name) => join(import.meta.dirname, name));
}

/** The files to run, each in a process of its own. One that imports suites replaces those that share a process. */
function filesToRun(files: readonly string[]): string[] {
  const shared = SHARED.map((names) => {
    const paths = names.map((name) => join(import.meta.dirname, name));
    return files.filter((file) =>
      paths.some((path) => file.startsWith(path + sep) || file === `${path}.test.js`),
    );
  });
  const alone = files.filter((file) => !shared.some((group) => group.includes(file)));
  return [
    ...shared
      .filter(({ length }) => length > 0)
      .map((group, index) => {
        const path = join(import.meta.dirname, `suites-${index + 1}.js`);
        writeFileSync(path, group.map((file) => `import ${JSON.stringify(file)};\n`).join(''));
        return path;
      }),
    ...alone,
  ];
}

const files = filesToRun(suites(process.argv.slice(2)));
if (files.length === 0) {
  process.stderr.write('no suite was found: is the project built?\n');
  process.exitCode = 1;
} else {
  // Until the 'end' event: a runner that ends before it has not passed.
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
