import assert from 'node:assert/strict';
import { test } from 'node:test';
import { debugKernels, singleDumpKernels } from '../kernel/ip_vs/kernels.ts';
import { stockKernels } from '../kernel/lab/packages/kernels.ts';
import { programsOf, suitePrograms, suitesNamed } from '../kernel/lab/suites.ts';

/** Suites that take minutes, and run only when they are named: CONTRIBUTING.md. */
const BY_HAND = ['single-dump-large', 'fleet', 'systemd'];

const kernels = [...stockKernels, ...singleDumpKernels, ...debugKernels];

test('every suite for a guest runs on a kernel', () => {
  const run = new Set(kernels.flatMap(({ suites = [] }) => suitesNamed(suites)));
  const all = suitesNamed([]);
  assert.ok(all.length > 15);
  assert.deepEqual(
    all.filter((suite) => !run.has(suite) && !BY_HAND.some((name) => suite.includes(name))),
    [],
  );
});

test('every kernel names suites that are there', () => {
  for (const { name, suites = [] } of kernels)
    for (const suite of suites) assert.ok(suitesNamed([suite]).length > 0, `${suite} of ${name}`);
});

test('guests get the programs of the suites that run, each once', () => {
  for (const suite of suitePrograms.keys())
    assert.ok(
      suitesNamed([]).some((path) => path.endsWith(`/${suite}.test.js`)),
      suite,
    );
  assert.deepEqual(programsOf(suitesNamed(['fleet', 'import', 'reconciler-faults'])), ['etcd', 'keepalived']);
  assert.deepEqual(programsOf(suitesNamed(['guest'])), []);
});
