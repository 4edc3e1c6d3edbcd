import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertPrintable } from './checks/outcomes.ts';
import { Coverage } from './coverage.ts';
import { fuzzInThread } from './fuzz-thread.ts';
import { type Finding, Fuzzer } from './fuzzer.ts';
import type { Report } from './report.ts';
import { loadTarget, seedsOf } from './target.ts';

let loads = 0;

/** Returns a new URL of a module in `planted/` each time: coverage includes only modules loaded after it began. */
const plantedModule = (name: string): string =>
  new URL(`./planted/${name}.js?${loads++}`, import.meta.url).href;

/** Returns what is found in a planted target within this number of executions, and all inputs. */
async function fuzz(
  name: string,
  executions: number,
): Promise<{ readonly finding: Finding | undefined; readonly inputs: readonly string[] }> {
  const inputs: string[] = [];
  const coverage = new Coverage(['test/fuzz/planted/']);
  const target = await loadTarget(plantedModule(name));
  const fuzzer = new Fuzzer(target, coverage, 1, (input) => inputs.push(Buffer.from(input).toString('hex')));
  const finding = await fuzzer.run(seedsOf(target), () => fuzzer.executions >= executions);
  coverage.close();
  return { finding, inputs };
}

function reportFromThread(name: string): Promise<Report> {
  return fuzzInThread({ name, module: plantedModule(name), seconds: 20, seed: 1 }, 700);
}

test('coverage guides the fuzzer to a fault that chance would not find, and its input is minimised', async () => {
  const { finding } = await fuzz('nested-conditions', 200_000);
  assert.equal(finding?.error.message, 'found');
  assert.equal(Buffer.from(finding.input).toString(), 'FUZ');
});

test('the same seed gives the same inputs', async () => {
  const [one, other] = [await fuzz('nested-conditions', 1000), await fuzz('nested-conditions', 1000)];
  assert.ok(one.inputs.length >= 1000);
  assert.deepEqual(one.inputs, other.inputs);
});

test('quadratic time is found, and memory that is allocated for a length in the input', async () => {
  assert.match(
    (await fuzz('quadratic', 20_000)).finding?.error.message ?? '',
    /characters of code for an input of which a part is doubled/,
  );
  assert.match((await fuzz('greedy', 20_000)).finding?.error.message ?? '', /memory/);
});

test('an endless loop is found by the watching thread', async () => {
  const { finding } = await reportFromThread('endless');
  assert.match(finding?.text ?? '', /took more than 700 ms/);
  assert.ok(Buffer.from(finding!.input).includes('!'));
});

test('a property that is added to a prototype is found', async () => {
  const { finding } = await reportFromThread('polluting');
  assert.match(finding?.text ?? '', /a prototype was given/);
  assert.match(Buffer.from(finding!.input).toString(), /^__proto__\../);
});

test('characters that a terminal interprets are not printable', () => {
  for (const code of [
    0, 7, 10, 0x1b, 0x7f, 0x85, 0x9b, 0x061c, 0x200e, 0x2028, 0x202e, 0x2066, 0xd800, 0xdfff,
  ])
    assert.throws(() => assertPrintable(`a${String.fromCharCode(code)}b`), /is printed/);
  assertPrintable('plain, é, 日本語, \u{1f600}');
});
