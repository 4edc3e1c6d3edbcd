import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runApply } from '../../../lib/cli/state/apply.ts';
import { type DesiredStateIo, wantsColour } from '../../../lib/cli/state/desired-state-command.ts';
import { runDiff } from '../../../lib/cli/state/diff.ts';
import { runExport } from '../../../lib/cli/state/export.ts';
import type { FakeKernel } from '../../../lib/testing/index.ts';
import { connect, kernelWith, snapshot } from '../ipvs/plan/tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'desired-state-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const web = { protocol: 'tcp' as const, address: '10.0.0.1', port: 80, scheduler: 'rr', destinations: [] };
const names = { protocol: 'udp' as const, address: '10.0.0.1', port: 53, scheduler: 'rr', destinations: [] };

type Run = (words: readonly string[], io: DesiredStateIo) => Promise<number>;

async function outcome(
  run: Run,
  words: readonly string[],
  kernel: FakeKernel,
  colour = false,
): Promise<{ status: number; output: string; complaints: string[]; opened: number }> {
  let output = '';
  const complaints: string[] = [];
  let opened = 0;
  const status = await run(words, {
    colour,
    write: (text) => {
      output += text;
    },
    complain: (line) => {
      complaints.push(line);
    },
    withClient: async (_netns, use) => {
      opened++;
      const client = connect(kernel);
      try {
        return await use(client);
      } finally {
        client.close();
      }
    },
  });
  return { status, output, complaints, opened };
}

test('diff shows what apply would change, apply changes it, and then diff is silent', async () => {
  const kernel = kernelWith([web]);
  const wanted = file('wanted.json', JSON.stringify({ services: [names] }));
  const text = '+ udp 10.0.0.1:53 scheduler=rr\n- tcp 10.0.0.1:80\n';
  const before = await outcome(runDiff, [wanted], kernel);
  assert.deepEqual([before.status, before.output], [1, text]);
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith([web])));
  const coloured = await outcome(runDiff, [wanted], kernel, true);
  assert.ok(coloured.output.startsWith('\x1b[32m+ udp'));
  const applied = await outcome(runApply, [wanted], kernel);
  assert.deepEqual([applied.status, applied.output, applied.complaints], [0, text, []]);
  assert.deepEqual(snapshot(kernel), snapshot(kernelWith([names])));
  const again = await outcome(runDiff, [wanted], kernel);
  assert.deepEqual([again.status, again.output], [0, '']);
});

test('export writes a file that applies elsewhere', async () => {
  const kernel = kernelWith([web, names]);
  for (const format of ['json', 'yaml']) {
    const { status, output } = await outcome(runExport, ['--format', format], kernel);
    assert.equal(status, 0);
    const other = kernelWith([]);
    await outcome(runApply, ['--quiet', file(`table.${format}`, output)], other);
    assert.deepEqual(snapshot(other), snapshot(kernel));
  }
});

test('a bad file is refused whole, a line for each mistake, and IPVS is not even opened', async () => {
  const bad = file('bad.json', '{\n "services": [\n  {"mark": 1, "scheduler": 3, "size": 1}\n ]\n}');
  const { status, complaints, opened } = await outcome(runApply, [bad], kernelWith([]));
  assert.deepEqual([status, opened], [2, 0]);
  assert.deepEqual(
    complaints.map((line) => line.replace(folder, '').split(' ').slice(0, 3).join(' ')),
    [
      'ipvs: /bad.json:3:3: services[0].destinations',
      'ipvs: /bad.json:3:15: services[0].scheduler',
      'ipvs: /bad.json:3:31: services[0].size',
    ],
  );
});

test('what the kernel refuses is said, and the status is 1', async () => {
  const wanted = file('scheduler.json', JSON.stringify({ services: [{ ...web, scheduler: 'nonesuch' }] }));
  const { status, complaints } = await outcome(runApply, [wanted], kernelWith([]));
  assert.equal(status, 1);
  assert.match(
    complaints[0]!,
    /no such scheduler or persistence engine for service tcp 10\.0\.0\.1:80 \(NEW_SERVICE: ENOENT\)/,
  );
  assert.equal(complaints.at(-1), '+ tcp 10.0.0.1:80 scheduler=nonesuch');
});

test('options say what is removed, left and kept', async () => {
  const kernel = kernelWith([{ ...web, persistence: { timeout: 9 } }]);
  const wanted = file('leave.json', JSON.stringify({ services: [web] }));
  assert.equal((await outcome(runDiff, [wanted], kernel)).status, 1);
  assert.equal((await outcome(runDiff, ['--absent', 'leave', wanted], kernel)).status, 0);
  const none = file('none.json', '{"services": []}');
  assert.equal((await outcome(runDiff, ['--remove=nothing', none], kernel)).status, 0);
});

test('apply waits for destinations that drain', async () => {
  const kernel = kernelWith([{ ...web, destinations: [{ address: '10.1.0.1', port: 80 }] }]);
  const bytes = (...first: number[]): Uint8Array =>
    Uint8Array.from({ length: 16 }, (_, at) => first[at] ?? 0);
  const service = { family: 2, protocol: 6, address: bytes(10, 0, 0, 1), port: 80 };
  kernel.state.setConnections(service, { address: bytes(10, 1, 0, 1), port: 80 }, { active: 1 });
  const wanted = file('drained.json', JSON.stringify({ services: [web] }));
  const start = performance.now();
  const { status, output } = await outcome(runApply, ['--drain', '1', wanted], kernel);
  assert.ok(performance.now() - start >= 990);
  assert.equal(status, 0);
  assert.equal(
    output,
    '~ tcp 10.0.0.1:80\n    - 10.1.0.1:80 draining weight=1->0\n~ tcp 10.0.0.1:80\n    - 10.1.0.1:80\n',
  );
});

test('wrong use is told with the usage', async () => {
  for (const [run, words] of [
    [runApply, []],
    [runApply, ['--drain', 'soon', 'x']],
    [runDiff, ['--quiet', 'x']],
    [runDiff, ['--format', 'xml', 'x']],
    [runExport, ['x']],
  ] as const) {
    const { status, complaints } = await outcome(run, words, kernelWith([]));
    assert.equal(status, 2);
    assert.match(complaints[1]!, /^usage: ipvs (apply|diff|export) /);
  }
  const missing = await outcome(runDiff, [join(folder, 'missing')], kernelWith([]));
  assert.equal(missing.status, 2);
  assert.match(missing.complaints[0]!, /ENOENT/);
});

test('colours are for terminals without NO_COLOR', () => {
  assert.equal(wantsColour({ isTTY: true }, {}), true);
  assert.equal(wantsColour({ isTTY: true }, { NO_COLOR: '' }), true);
  assert.equal(wantsColour({ isTTY: true }, { NO_COLOR: '1' }), false);
  assert.equal(wantsColour({}, {}), false);
});
