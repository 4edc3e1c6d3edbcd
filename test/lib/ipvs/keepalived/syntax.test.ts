import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readKeepalived } from '../../../../lib/index.ts';
import { errorsOf, parse, SERVER } from './configurations.ts';

const folder = mkdtempSync(join(tmpdir(), 'keepalived-'));
after(() => rmSync(folder, { recursive: true }));

const FILE = 'keepalived.conf';

test('parameters, conditions, sequences and lists are expanded', () => {
  const text = `
$NET=10.0.\${SUB}
$SUB=5
$SERVER= \\
  real_server 192.168.0.\${N} 80 { \\
    weight \${N} \\
  }
virtual_server \${NET}.1 80 {
  @main lvs_sched sh
  @^main lvs_sched rr
  lvs_method NAT
  $N=1
  $SERVER
  ~SEQ(N, 2, 3) $SERVER
  ~LST({A, B}, {20, 1}, {21, 2}) real_server 192.168.\${B}.\${A} 80 { }
  ~SEQx(C, 8, 1, 9) real_server 192.168.9.1 8\${C} { }
  notify_up "/bin/x \${UNDEFINED}"
}`;
  const destinations = ['192.168.0.1:80', '192.168.0.2:80', '192.168.0.3:80'];
  const listed = ['192.168.1.20:80', '192.168.2.21:80', '192.168.9.1:88', '192.168.9.1:89'];
  const parsed = (configId: string): unknown => {
    const [service] = parse(text, configId).state.services;
    return [service!.scheduler, service!.destinations.map(({ address, port }) => `${address}:${port}`)];
  };
  assert.deepEqual(parsed('main'), ['sh', [...destinations, ...listed]]);
  assert.deepEqual(parsed('backup'), ['rr', [...destinations, ...listed]]);
});

test('a parameter of several lines may have a condition', () => {
  const text = `
@main $SERVERS=\\
  real_server 192.168.0.1 80 { } \\
  real_server 192.168.0.2 80 { }
@^main $SERVERS=
virtual_server 10.0.0.1 80 {
  lvs_sched rr
  lvs_method NAT
  $SERVERS
}`;
  const destinationCount = (configId: string): number | undefined =>
    parse(text, configId).state.services[0]?.destinations.length;
  assert.equal(destinationCount('main'), 2);
});

test('parameters that refer to themselves, and too many repetitions, are refused', () => {
  assert.match(
    errorsOf(`$A=\${B}\n$B=\${A}\nvirtual_server \${A} { }\n`)[0]!,
    /^3:1 its parameters refer to themselves/,
  );
  assert.match(errorsOf('~SEQ(A, 0, 1, 99999) x\n')[0]!, /^1:1 ~SEQ gives more than/);
  assert.match(errorsOf('~SEQ(A, 1, 0, 9) x\n')[0]!, /^1:1 the step of ~SEQ must not be 0$/);
  assert.match(errorsOf('~LST(A, {1, 2}) x\n')[0]!, /^1:1 ~LST needs 1 value per item, one for each name$/);
  const long = `$L=${'x'.repeat(60_000)}\n~SEQ(A, 1, 1000) $L\n`;
  assert.deepEqual(errorsOf(long), [
    '2:2 the configuration is too long after expanding include, ~SEQ and ~LST',
  ]);
  // A few bytes must not need hundreds of MiB: each line of the expansion needs some KiB.
  assert.match(errorsOf('~SEQ(A, 65535, 2) x\n')[0]!, /^1:1 ~SEQ gives more than 16384 values$/);
  const many = '~SEQ(A, 9000) x\n'.repeat(2);
  assert.deepEqual(errorsOf(many), [
    '2:2 the configuration is too long after expanding include, ~SEQ and ~LST',
  ]);
});

test('files are included by patterns, relative to the one that includes them', () => {
  mkdirSync(join(folder, 'conf.d/deep'), { recursive: true });
  const service = (last: number): string =>
    `virtual_server 10.0.0.${last} 80 { lvs_sched rr\n protocol TCP\n lvs_method NAT\n ${SERVER}\n }\n`;
  writeFileSync(join(folder, FILE), 'include conf.d/[ab]?.conf\nincludea conf.d/{z,y}.conf\n');
  writeFileSync(join(folder, 'conf.d/a1.conf'), service(1));
  writeFileSync(join(folder, 'conf.d/b2.conf'), `include deep/*\n${service(3)}`);
  writeFileSync(join(folder, 'conf.d/c3.conf'), 'virtual_server nonsense { }\n');
  writeFileSync(join(folder, 'conf.d/deep/x'), service(2));
  writeFileSync(join(folder, 'conf.d/y.conf'), service(4));
  const { state, notes } = readKeepalived(join(folder, FILE));
  assert.deepEqual(
    state.services.map(({ address }) => address),
    ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'],
  );
  assert.deepEqual(notes, []);
  writeFileSync(
    join(folder, FILE),
    `$DIR=conf.d\ninclude \${DIR}/y.conf\n@^main include \${DIR}/a1.conf\n@main include x\n`,
  );
  assert.deepEqual(
    readKeepalived(join(folder, FILE)).state.services.map(({ address }) => address),
    ['10.0.0.4', '10.0.0.1'],
  );
  assert.deepEqual(errorsOf('include x\n'), ['1:1 includes cannot be read here']);
});
