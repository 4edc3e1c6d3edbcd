import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeTable } from '../../bench/kernels/fake-kernel.ts';
import { KernelMeasurement } from '../../bench/measure-kernel.ts';
import { plans } from '../../bench/plan.ts';
import { measureTable, type ReadingPlan } from '../../bench/reading/measure-table.ts';
import { methods, readMethodNamed } from '../../bench/reading/read-methods.ts';
import { benchmarkTableNamed } from '../../bench/tables/benchmark-tables.ts';

/** Time limit in seconds: more than any of the measurements takes. */
const TIME = 600;
const options = {
  rounds: 2,
  sampleTime: 0,
  warmUp: 0,
  maximumReadTime: 10_000,
};
const plan: ReadingPlan = {
  methods: methods.map(({ name }) => name),
  createTable: createFakeTable,
  options,
  progress: () => {},
};

test('every method reads the whole table, in turn with the others, and has its samples', async () => {
  const figures = await measureTable(benchmarkTableNamed('1x1'), plan, TIME);
  assert.deepEqual(
    figures.methods.map(({ method, samples }) => [method, samples.length]),
    methods.map(({ name }) => [name, 2]),
  );
});

test('system calls, memory and the event loop are measured in a process for each method', async () => {
  const measured = { ...options, resourceUsage: { repeatTime: 0, firstReadLimit: 300_000 } };
  const names = ['per-service', 'discard'] as const;
  const figures = await measureTable(
    benchmarkTableNamed('1x1'),
    { ...plan, methods: names, options: measured },
    TIME,
  );
  assert.deepEqual(
    figures.methods.map(({ method, resourceUsage }) => [method, resourceUsage?.destinations]),
    [
      ['per-service', 1],
      ['discard', undefined],
    ],
  );
  assert.ok(figures.methods.every(({ resourceUsage }) => resourceUsage!.systemCalls > 1));
});

test('a slow method reads a subset of the services, and says which', async () => {
  const { methods: found } = await measureTable(
    benchmarkTableNamed('1000x4'),
    {
      ...plan,
      methods: ['new-sockets', 'per-service', 'single-sync'],
      options: { ...options, maximumReadTime: 0.001 },
    },
    TIME,
  );
  assert.deepEqual(
    found.map(({ method, stride }) => [method, stride]),
    [
      ['new-sockets', 8],
      ['per-service', 8],
      ['single-sync', undefined],
    ],
  );
});

test('a subset of the services is read on one socket as a whole dump reads it, and the time of the others is added', async () => {
  const created = await createFakeTable(benchmarkTableNamed('1000x4'));
  try {
    const reader = await readMethodNamed('per-service').open(created.location, { stride: 8 });
    assert.equal(await reader.read(), 500);
    const { systemCalls } = reader.socketCounts();
    assert.ok(systemCalls > 250 && systemCalls < 500, `${systemCalls} system calls for 125 services`);
    assert.ok(reader.skippedTime!() > 0);
    await reader.close();
  } finally {
    await created.close();
  }
});

test('reading another table than the one asked for is an error', async () => {
  const createTable = () => createFakeTable(benchmarkTableNamed('1x1'));
  await assert.rejects(
    measureTable(
      benchmarkTableNamed('100x100'),
      { ...plan, methods: ['single-sync'], createTable, options },
      TIME,
    ),
    { message: 'single-sync read 1 destinations of 100x100, not 10000' },
  );
});

test('a default run reads the six published tables and one of each other kind; processes only on a real kernel', () => {
  const measuredKernel = { kind: 'fake', description: '', createTable: createFakeTable } as const;
  const tools = { ipvsListPath: async () => undefined, progress: () => {} };
  const names = (kind: 'fake' | 'kernel'): string[] =>
    new KernelMeasurement({ ...measuredKernel, kind }, plans.default.kernel, tools).steps.map(({ name }) =>
      name.trim(),
    );
  assert.deepEqual(names('fake'), [
    'dump 1000x4',
    'dump 2000x2',
    'dump 8000x2',
    'dump 16000x1',
    'dump 100x100',
    'dump 8000+8000x1',
    'dump proxy',
    'dump edge',
    'dump mixed',
  ]);
  assert.ok(names('kernel').includes('dump 16000x1 process 16000x1'));
  assert.ok(names('kernel').includes('process 1x1'));
});
