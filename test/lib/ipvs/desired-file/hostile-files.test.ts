import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDesiredServices, readDesiredServices } from '../../../../lib/index.ts';
import { parseJson } from '../../../../lib/ipvs/desired-file/parse-json.ts';
import { parseYaml } from '../../../../lib/ipvs/desired-file/parse-yaml.ts';
import { errorsIn } from './errors-in.ts';

test('YAML that would exhaust the stack or take too long is refused', async () => {
  for (const unit of ['{', '[', '- ', '? ', ': ', '{a: ', '["a",']) {
    const found = await errorsIn(unit.repeat(100_000), 'yaml');
    assert.deepEqual(
      found.map((line) => line.replace(/^f:1:\d+: /, '')),
      ['is nested deeper than 32 levels'],
    );
  }
  const levels = (count: number) => `services: ${'['.repeat(count)}${']'.repeat(count)}`;
  assert.match((await errorsIn(levels(31), 'yaml'))[0]!, /^f:1:12: services\[0\] must be a service/);
  assert.match((await errorsIn(levels(32), 'yaml'))[0]!, /is nested deeper/);
  const { stackTraceLimit } = Error;
  for (const unit of ['"word" ', '&a ', '!t ']) {
    assert.equal((await errorsIn(unit.repeat(5000), 'yaml')).length, 1001);
  }
  assert.equal(Error.stackTraceLimit, stackTraceLimit);
});

test('the time for YAML grows in proportion to its length, however many keys it has', async () => {
  const milliseconds = async (keys: number): Promise<number> => {
    const text = Array.from({ length: keys }, (_, index) => `k${index}: 1\n`).join('');
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const before = process.cpuUsage().user;
      await errorsIn(text, 'yaml');
      times.push((process.cpuUsage().user - before) / 1000);
    }
    return Math.min(...times);
  };
  await milliseconds(500);
  const [few, many] = [await milliseconds(1000), await milliseconds(8000)];
  assert.ok(many < 32 * few, `8 times the keys took ${(many / few).toFixed(1)} times as long`);
});

test('hostile files are refused quickly and without using much memory', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'desired-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'nonsense.json');
  writeFileSync(path, '');
  truncateSync(path, 100 << 20);
  const before = process.memoryUsage().rss;
  await assert.rejects(readDesiredServices(path), /is longer than 67108864 bytes/);
  assert.ok(process.memoryUsage().rss - before < 16 << 20);
  await assert.rejects(
    readDesiredServices('/dev/zero', { maxBytes: 1 << 20 }),
    /is longer than 1048576 bytes/,
  );
  writeFileSync(path, Buffer.from([0xff, 0xfe, 0x7b]));
  await assert.rejects(readDesiredServices(path), /is not UTF-8/);
  const many = await errorsIn(`{"services": [${Array(20_000).fill('7').join()}]}`);
  assert.equal(many.length, 1001);
  assert.equal(many[1000], 'f: and 19000 more');
});

test('a key such as __proto__ is treated as data', async () => {
  for (const [text, format, errors] of [
    ['{"__proto__": 1, "__proto__": 2, "services": []}', 'json', ['f:1:18: duplicate key "__proto__"']],
    [
      '{"__proto__": {"x": 1}, "services": [{"mark": 1, "scheduler": "rr", "destinations": [], "__proto__": 1}]}',
      'json',
      ['f:1:2: __proto__ is not a field', 'f:1:89: services[0].__proto__ is not a field'],
    ],
    ['__proto__: {x: 1}\nservices: []\n', 'yaml', ['f:1:1: __proto__ is not a field']],
  ] as const) {
    const found = await errorsIn(text, format);
    assert.deepEqual(
      found.map((line) => line.split(';')[0]),
      errors,
    );
  }
  assert.equal(({} as { readonly x?: unknown }).x, undefined);
});

test('messages about a file consist of printable ASCII, without control characters', async () => {
  for (const text of [
    '{"\\u001b]0;x\\u0007\\n\\u202e": 1, "services": []}',
    '{"services": [{"mark": 1, "scheduler": "rr", "destinations": [], "family": "\\u009b2J\u007f"}]}',
    '{"services": [\u009b]}',
  ])
    for (const line of await errorsIn(text)) assert.match(line, /^[\x20-\x7e]+$/);
});

test('aliases may repeat a value often, but not make a file endless', async () => {
  const service = (index: number, destinations: string): string =>
    `  - {protocol: tcp, address: 10.0.0.1, port: ${index}, scheduler: rr, destinations: ${destinations}}\n`;
  const pool = '&pool [{address: 10.1.0.1, port: 80, forwarding: masq}]';
  let text = `services:\n${service(1, pool)}`;
  for (let index = 2; index <= 2000; index++) text += service(index, '*pool');
  assert.equal((await parseDesiredServices(text, { format: 'yaml' })).length, 2000);
  for (const [endless, problem] of [
    [`a: &a [${'*a, '.repeat(2000)}]`, 'aliases make it more than 1000000 values'],
    [
      `a: &a [${'1, '.repeat(2000)}]\nb: [${'*a, '.repeat(2000)}]`,
      'aliases make it more than 1000000 values',
    ],
    [`a: &a 1\nb: [${'*a, '.repeat(10_001)}]`, 'there are more than 10000 aliases'],
  ] as const) {
    const [error] = await errorsIn(endless, 'yaml');
    assert.ok(error?.endsWith(problem), error);
  }
});

test('a file with more values or objects than any desired state needs is refused', async () => {
  const limits = { objects: 500, values: 2000 };
  for (const [parsed, problem] of [
    [parseJson(`{"services": [${'1,'.repeat(2000)}1]}`, limits), 'there are more than 2000 values'],
    [
      parseJson(`{"services": [${'{},'.repeat(500)}{}]}`, limits),
      'there are more than 500 objects and arrays',
    ],
    [await parseYaml(`[${'a,'.repeat(1200)}]`, 2000), 'there are more than 2000 values'],
  ] as const)
    assert.deepEqual([parsed.value, parsed.errors.map((error) => error.problem)], [undefined, [problem]]);
});

test('a file with more distinct keys than any desired state needs is refused', async () => {
  const numbered = (count: number, text: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => text(index)).join();
  for (const [text, format, problem] of [
    [`{${numbered(2000, (index) => `"k${index}":1`)}}`, 'json', 'there are more than 1000 distinct keys'],
    [
      `{"services": [${numbered(2000, (index) => `{"k${index}":1}`)}]}`,
      'json',
      'there are more than 1000 distinct keys',
    ],
    [
      `services: [${numbered(2000, (index) => `{k${index}: 1}`)}]`,
      'yaml',
      'there are more than 1000 distinct keys',
    ],
  ] as const) {
    const found = await errorsIn(text, format);
    assert.equal(found.length, 1);
    assert.ok(found[0]!.endsWith(`: ${problem}`), found[0]);
  }
});

test('a file of blank lines needs little more memory than its text', () => {
  const read = new URL('../../../../lib/ipvs/desired-file/read.js', import.meta.url);
  for (const text of ["'\\n'.repeat(15e6)", "'{\"services\": [' + '\\n'.repeat(15e6) + '1]}'"]) {
    const script = `const { parseDesiredServices } = await import('${read}');
      await parseDesiredServices(${text}).catch(({ code }) => console.log(code));`;
    // The text is 15 MB; a number for each of its lines would be 120 more.
    const flags = ['--max-old-space-size=50', '--input-type=module', '--eval', script];
    const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: 'utf8' });
    assert.equal(stdout, 'ERR_DESIRED_FILE\n', stderr.slice(0, 1000));
  }
});

test('only the first thousand of many errors are listed', async () => {
  const many = await errorsIn(`{"services": [${'{},'.repeat(3000)}{}]}`);
  assert.equal(many[1000], 'f: and 14005 more');
});
