/** `npm run fuzz`: fuzzes every target, or those named, and writes inputs that cause faults to corpus/. */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { writeCase } from './corpus.ts';
import { fuzzInThread } from './fuzz-thread.ts';
import { loadTarget, targetModule, targetNames } from './target.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
const names = values.target ?? targetNames;
for (const name of names)
  if (!targetNames.includes(name))
    throw new Error(`unknown target ${name}; the targets are ${targetNames.join(', ')}`);
if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('--seconds and --seed must be numbers');
console.log(`seed ${seed}, ${seconds} seconds for each target`);
for (const name of names) {
  const module = targetModule(name);
  const {
    executions,
    corpusSize,
    coveredFraction,
    finding,
    seconds: taken,
  } = await fuzzInThread({ name, module, seconds, seed });
  const rate = Math.round(executions / taken);
  const covered = (100 * coveredFraction).toFixed(1);
  console.log(
    `${name}: ${executions} executions (${rate}/s), ${corpusSize} inputs that reached new code, ${covered} % of the target's code`,
  );
  if (finding === undefined) continue;
  const path = writeCase(name, await loadTarget(module), finding.input, finding.text);
  console.log(`${finding.text}\n${finding.input.length} bytes: ${relative(process.cwd(), path)}`);
  process.exitCode = 1;
}
