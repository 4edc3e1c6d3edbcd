import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseDesiredState } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';

const project = join(import.meta.dirname, '../../../../..');
const launcher = join(project, 'dist/lib/cli/launcher.cjs');
const folder = mkdtempSync(join(tmpdir(), 'ipvs-fake-'));
after(() => rmSync(folder, { recursive: true }));

function ipvs(
  words: readonly string[],
  input = '',
): { status: number | null; output: string; errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words], {
    encoding: 'utf8',
    input,
    timeout: 60_000,
  });
  return { status, output: stdout, errors: stderr };
}

describe('--fake', () => {
  it('keeps a table in a file from one process to the next', async () => {
    const file = join(folder, 'table');
    const fake = `--fake=${file}`;
    const run = (words: readonly string[], input = '') => runIpvs(new FakeKernel(), words, { input });
    const empty = ipvs([fake, '-Ln']);
    assert.deepEqual([empty.status, empty.errors], [0, '']);
    assert.deepEqual(readdirSync(folder), [], 'a listing writes nothing');
    const rules = [
      '-A -t 10.0.0.1:80 -s wlc -p 60\n-a -t 10.0.0.1:80 -r 10.1.0.1:8080 -m -w 5',
      '-a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m -w 6\n-A -f 7 -6 -s sh -b sh-port',
      '--set 1 2 3\n--start-daemon backup --mcast-interface eth0 --syncid 9',
    ].join('\n');
    assert.deepEqual(ipvs(['-R', fake], rules), { status: 0, output: '', errors: '' });
    assert.equal(ipvs(['-e', '-t', '10.0.0.1:80', '-r', '10.1.0.1:8080', '-m', '-w', '9', fake]).status, 0);

    const reference = new FakeKernel();
    await runIpvs(reference, '-R', { input: rules.replace('-w 5', '-w 9') });
    for (const line of [
      '-Sn --lossless',
      '-Ln --stats',
      '-S --json',
      '-Ln --nosort',
      '-L --daemon',
      '-L --timeout',
    ])
      assert.equal(
        (await run([...line.split(' '), fake])).output,
        (await runIpvs(reference, line)).output,
        line,
      );
    assert.equal((await run(['-Lnc', fake])).output.split('\n').length, 3);
    assert.match((await run(['info', fake])).output, /^Kernel: +fake\nIPVS: +1\.2\.1\n/);

    const { services, timeouts, daemons } = await parseDesiredState(readFileSync(file, 'utf8'));
    assert.deepEqual([services.length, timeouts?.udp, daemons?.length], [2, 3, 1]);
    assert.equal((await run(['export', fake])).status, 0);
    assert.equal((await run(['diff', fake, file])).status, 0, 'the file is a desired state');
    const desired = join(folder, 'desired.yaml');
    writeFileSync(desired, 'services: []\nsysctls: { conntrack: 1, pmtu_disc: 1 }\n');
    assert.equal((await run([fake, 'apply', '--allow-removal', 'any', desired])).status, 0);
    assert.deepEqual((await parseDesiredState(readFileSync(file, 'utf8'))).sysctls, { conntrack: 1 });
    assert.equal((await run([fake, 'diff', desired])).status, 0, 'sysctls stay in the file');
    assert.equal((await run(['-Sn', fake])).output, '--set 1 2 3\n');
    assert.deepEqual(readdirSync(folder).sort(), ['desired.yaml', 'table'], 'nothing is left beside it');
  });

  it('starts with an empty table and keeps no change without a file', () => {
    assert.equal(ipvs(['--fake', '-A', '-t', '10.0.0.1:80']).status, 0);
    const { status, output } = ipvs(['--fake', '-Sn']);
    assert.deepEqual([status, output], [0, '']);
    const refused = ipvs(['--fake', '-D', '-t', '10.0.0.1:80']);
    assert.equal(refused.status, 255);
    assert.equal(refused.errors, 'ipvs: no service tcp 10.0.0.1:80 (DEL_SERVICE: ESRCH)\n');
  });

  it('leaves the file whole or as it was, and other files alone', async () => {
    const kernel = new FakeKernel();
    const file = join(folder, 'whole');
    const run = (line: string) => runIpvs(kernel, `--fake=${file} ${line}`);
    assert.equal((await run('-A -t 10.0.0.1:80')).status, 0);
    const { ino } = statSync(file);
    assert.equal((await run('-Ln')).status, 0);
    assert.equal(statSync(file).ino, ino, 'an unchanged table is not written again');
    assert.equal((await run('-A -t 10.0.0.1:80')).status, 255);
    assert.equal(statSync(file).ino, ino);
    assert.equal((await run('-A -t 10.0.0.2:80')).status, 0);
    assert.notEqual(statSync(file).ino, ino, 'a new file takes the place of the old one');
    symlinkSync(file, `${file}.link`);
    assert.equal((await runIpvs(kernel, `--fake=${file}.link -D -t 10.0.0.2:80`)).status, 0);
    assert.ok(!(await run('-Sn')).output.includes('10.0.0.2'), 'a symbolic link stays one');
    for (const [path, problem] of [
      ['/dev/zero', '--fake: /dev/zero: is not a regular file'],
      [folder, `--fake: ${folder}: is not a regular file`],
    ] as const) {
      const { status, errors } = await runIpvs(kernel, `--fake=${path} -Ln`);
      assert.deepEqual([status, errors], [2, `ipvs: ${problem}\n`]);
    }
    const lost = await runIpvs(kernel, `--fake=${folder}/nowhere/x -A -f 1`);
    assert.equal(lost.status, 2);
    assert.match(lost.errors, /^ipvs: --fake: [^\n]*no such file or directory \(open: ENOENT\)\n$/);
    writeFileSync(file, '{"services": [{"mark": 0}]}');
    const bad = await run('-Ln');
    assert.equal(bad.status, 2);
    assert.match(bad.errors, /^ipvs: [^\n]*whole:1:16: services\[0\]\.mark must be [^\n]*\n/m);
    assert.equal(readFileSync(file, 'utf8'), '{"services": [{"mark": 0}]}');
  });

  it('cannot be used in rules', async () => {
    const { status, errors } = await runIpvs(new FakeKernel(), '-R', { input: '-A -f 1 --fake=x\n' });
    assert.equal(status, 2);
    assert.match(errors, /^ipvs: line 1: --fake: must be given with -R/);
  });
});

describe('named pipes', () => {
  const pipe = join(folder, 'pipe');

  it('are no network namespace, which is reported at once', () => {
    spawnSync('mkfifo', [pipe]);
    const { status, errors } = ipvs(['-Ln', '--netns', pipe]);
    assert.equal(status, 2, errors);
    assert.match(errors, /^ipvs: this is not a network namespace \(setns /);
  });

  it('are read as desired states, and their format is recognised without a file name', async () => {
    const yaml = 'services:\n  - {mark: 5, scheduler: rr, destinations: []}\n';
    for (const text of [yaml, '{"services": [{"mark": 5, "scheduler": "rr", "destinations": []}]}']) {
      const script = `"$0" "$1" --fake diff <(sleep 0.1; printf '%s' "$2"; sleep 0.1)`;
      const { stdout, status } = spawnSync('bash', ['-c', script, process.execPath, launcher, text], {
        encoding: 'utf8',
      });
      assert.deepEqual([status, stdout], [1, '+ mark 5 scheduler=rr\n']);
      const piped = ipvs(['--fake', 'diff', '-'], text);
      assert.deepEqual([piped.status, piped.output], [1, '+ mark 5 scheduler=rr\n']);
    }
    // Non-blocking standard input, as when another Node process writes to it.
    const script = `"$0" -e 'process.stdout._handle.setBlocking(false); setTimeout(() => console.log("services: []"), 300)' | "$0" "$1" --fake diff -`;
    const slow = spawnSync('bash', ['-c', script, process.execPath, launcher], { encoding: 'utf8' });
    assert.deepEqual([slow.status, slow.stderr], [0, '']);
  });

  it('can be interrupted while they are waited for', async () => {
    const child = spawn(process.execPath, [launcher, '--fake', 'apply', pipe], { stdio: 'ignore' });
    // Opening a pipe for writing with O_NONBLOCK fails until it has a reader.
    let writer: number | undefined;
    for (let round = 0; round < 800 && writer === undefined; round++) {
      try {
        writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
    assert.ok(writer !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    child.kill('SIGINT');
    const [, signal] = await once(child, 'exit');
    closeSync(writer);
    assert.equal(signal, 'SIGINT');
  });
});
