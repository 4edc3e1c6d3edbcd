import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertPrototypes } from './checks/outcomes.ts';
import { casesOf } from './corpus.ts';
import { mutatorOf } from './mutation/mutator.ts';
import { Random } from './random.ts';
import { loadTarget, seedsOf, targetModule, targetNames } from './target.ts';

/** Number of mutated inputs with which each target is tested here. */
const NEW_INPUTS = 40;
/** Time limit of an input, in milliseconds: more than any should take on a busy machine. */
const LIMIT = 30_000;

for (const name of targetNames) {
  test(`${name}: every case of the corpus, and a few new inputs`, async (t) => {
    const target = await loadTarget(targetModule(name));
    const run = async (input: Uint8Array, what: string): Promise<void> => {
      const start = performance.now();
      try {
        await target.run(input);
        assertPrototypes();
      } catch (error) {
        t.diagnostic(`${what}: ${Buffer.from(input).toString('hex')}`);
        throw error;
      }
      assert.ok(performance.now() - start < LIMIT, `${what} takes too long`);
    };
    for (const { name: file, input } of casesOf(name)) await run(input, file);
    const seeds = seedsOf(target);
    assert.ok(seeds.length > 0);
    const random = new Random(1);
    const { mutate } = mutatorOf(target.format);
    for (let count = 0; count < NEW_INPUTS; count++)
      await run(mutate(random, random.pick(seeds), random.pick(seeds)), `input ${count}`);
  });
}
