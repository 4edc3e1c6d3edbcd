import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { KeepalivedError, parseKeepalived, readKeepalived } from '../../../../lib/index.ts';
import { runIpvs } from '../../cli/run-ipvs.ts';
import { kernelWith } from '../plan/tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'keepalived-'));
after(() => rmSync(folder, { recursive: true }));

const FILE = 'keepalived.conf';

function parse(text: string, configId?: string): ReturnType<typeof parseKeepalived> {
  return parseKeepalived({ file: FILE, text, configId });
}

/** The notes of a configuration: line, column, and what they say. */
function notesOf(text: string): string[] {
  return parse(text).notes.map(
    ({ line, column, keyword, text: said }) => `${line}:${column} ${keyword} ${said}`,
  );
}

/** The mistakes of a configuration that is refused. */
function mistakesOf(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof KeepalivedError);
    return error.mistakes.map(({ line, column, problem }) => `${line}:${column} ${problem}`);
  }
  return [];
}

const SERVER = 'real_server 192.168.0.1 80 { }';

test('a virtual server becomes a service with everything that a table can hold', () => {
  const { table, notes } = parse(`
! a comment
virtual_server 10.0.0.1 443 { # another
  lvs_sched mh
  mh-port
  flag-3
  lvs_method TUN type gue port 6080 csum
  protocol UDP
  ops
  persistence_timeout 50
  persistence_granularity 255.255.255.0
  persistence_engine sip
  real_server 192.168.0.1 443 {
    weight 3
    uthreshold 100
    lthreshold 50
  }
  real_server 2001:DB8::1 443
  {
    weight 0
    lvs_method TUN
  }
}`);
  assert.deepEqual(notes, []);
  assert.deepEqual(table, {
    services: [
      {
        protocol: 'udp',
        address: '10.0.0.1',
        port: 443,
        scheduler: 'mh',
        onePacket: true,
        schedulerFlags: ['mh-port', 'flag-3'],
        persistence: { timeout: 50, netmask: '255.255.255.0' },
        persistenceEngine: 'sip',
        destinations: [
          {
            address: '192.168.0.1',
            port: 443,
            forwarding: 'tunnel',
            weight: 3,
            upperThreshold: 100,
            lowerThreshold: 50,
            tunnel: { type: 'gue', port: 6080, checksum: 'csum' },
          },
          {
            address: '2001:db8::1',
            port: 443,
            forwarding: 'tunnel',
            weight: 0,
            tunnel: { type: 'ipip', port: 0, checksum: 'nocsum' },
          },
        ],
      },
    ],
  });
});

test('groups, marks and ranges become one service for each', () => {
  const { table } = parse(`
virtual_server group web { lvs_sched rr
  lvs_method NAT
  ${SERVER} }
virtual_server_group web {
  10.0.0.1-3 80
  10.0.1.255-10.0.2.1 81
  10.0.3.6/31 82
  fwmark 7
}
virtual_server fwmark 8 {
  lvs_sched rr
  lvs_method NAT
  real_server 2001:db8::1 80 { }
}`);
  const keys = table.services.map(
    ({ address, port, mark, family }) => `${mark ?? `${address}:${port}`} ${family}`,
  );
  assert.deepEqual(keys, [
    '10.0.0.1:80 undefined',
    '10.0.0.2:80 undefined',
    '10.0.0.3:80 undefined',
    '10.0.1.255:81 undefined',
    '10.0.2.0:81 undefined',
    '10.0.2.1:81 undefined',
    '10.0.3.6:82 undefined',
    '10.0.3.7:82 undefined',
    '7 ipv4',
    '8 ipv6',
  ]);
});

test('timeouts and daemons come from the global definitions', () => {
  const { table } = parse(
    'global_defs { lvs_timeouts tcp 7200 tcpfin 30\n lvs_sync_daemon eth0 id 51 port 9000 }',
  );
  const daemon = { interface: 'eth0', syncId: 51, multicastPort: 9000 };
  assert.deepEqual(table, {
    services: [],
    timeouts: { tcp: 7200, tcpFin: 30 },
    daemons: [
      { role: 'master', ...daemon },
      { role: 'backup', ...daemon },
    ],
  });
});

test('what has no place in a table is noted where it stands, and so is what keepalived corrects', () => {
  assert.deepEqual(
    notesOf(`virtual_server 10.0.0.1 80 {
  delay_loop 6
  sorry_server 192.168.200.200 1358
  real_server 192.168.0.1 81 {
    lvs_method DR
    TCP_CHECK { connect_timeout 3 }
  }
}
virtual_server 10.0.0.2 { }`).map((note) => note.replace(/, which are not imported.*|: it is in.*/, '')),
    [
      '2:3 delay_loop belongs to health checks',
      '3:3 sorry_server is not imported',
      '6:5 TCP_CHECK belongs to health checks',
      '1:1 virtual_server names no protocol: UDP is taken',
      '4:3 real_server 192.168.0.1 has another port than its service, which only NAT can change: that of the service is taken',
      '1:1 virtual_server names no scheduler: wlc is taken',
      '9:1 virtual_server names no protocol: UDP is taken',
      '9:1 virtual_server has no real servers and is left out',
    ],
  );
});

test('every mistake is told with its line and column, and nothing is imported', () => {
  assert.deepEqual(
    mistakesOf(`virtual_server 10.0.0.256 80 { }
virtual_server group nobody { }
virtual_server 10.0.0.1 80 {
  lvs_method NOT
  wieght 3
  real_server 192.168.0.1 80 { weight 65536 }
  real_server 192.168.0.1 port { }
  persistence_timeout 0
  persistence_granularity 129
}
virtual_server_group wide { 10.0.0.0/8 80
  10.0.0.9-3 80
  fwmark x
}
} {
`),
    [
      '15:1 there is no block that this brace could end',
      '15:3 a block needs a keyword before its brace',
      '15:3 the block that begins here has no end',
      '11:29 the range has more than 65536 addresses',
      '12:3 the range ends before it begins',
      '13:10 x: must be a whole number from 1 to 4294967295',
      '1:16 10.0.0.256: must be an IPv4 or IPv6 address',
      '2:22 nobody: no virtual_server_group has this name',
      '4:14 NOT: must be NAT or DR or TUN',
      '5:3 wieght: no such keyword of a virtual or real server is known',
      '6:39 65536: must be a whole number from 0 to 65535',
      '7:27 port: must be a whole number from 1 to 65535',
      '8:23 0: must be a whole number from 1 to 4294967295',
      '9:27 129: must be a whole number from 1 to 128',
    ],
  );
  assert.deepEqual(mistakesOf(`virtual_server 10.0.0.1 80 { ${SERVER} }\n`.repeat(2)), [
    '2:1 udp 10.0.0.1:80 is configured twice',
  ]);
});

test('parameters, conditions, sequences and lists are carried out', () => {
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
    const [service] = parse(text, configId).table.services;
    return [service!.scheduler, service!.destinations.map(({ address, port }) => `${address}:${port}`)];
  };
  assert.deepEqual(parsed('main'), ['sh', [...destinations, ...listed]]);
  assert.deepEqual(parsed('backup'), ['rr', [...destinations, ...listed]]);
});

test('parameters that refer to themselves, and repetitions without end, are refused', () => {
  assert.match(
    mistakesOf(`$A=\${B}\n$B=\${A}\nvirtual_server \${A} { }\n`)[0]!,
    /^3:1 its parameters refer to themselves/,
  );
  assert.match(mistakesOf('~SEQ(A, 1, 0, 9) x\n')[0]!, /^1:1 ~SEQ gives more than/);
  const long = `$L=${'x'.repeat(60_000)}\n~SEQ(A, 1, 1000) $L\n`;
  assert.deepEqual(mistakesOf(long), ['2:2 the configuration is too long when all is included and repeated']);
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
  const { table, notes } = readKeepalived(join(folder, FILE));
  assert.deepEqual(
    table.services.map(({ address }) => address),
    ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'],
  );
  assert.deepEqual(notes, []);
  assert.deepEqual(mistakesOf('include x\n'), ['1:1 includes cannot be read here']);
});

test('ipvs import writes a file that apply takes, and tells what it leaves out', async () => {
  const path = join(folder, 'import.conf');
  const checked = `real_server 192.168.0.1 80 { TCP_CHECK { } }\nreal_server 192.168.0.2 80 { TCP_CHECK { } }\n`;
  writeFileSync(
    path,
    `virtual_server 10.0.0.1 80 {\nlvs_sched rr\nprotocol TCP\nlvs_method DR\n${checked}}\n`,
  );
  const kernel = kernelWith([]);
  for (const format of ['yaml', 'json']) {
    const { status, output, errors } = await runIpvs(kernel, [
      'import',
      'keepalived',
      path,
      '--format',
      format,
    ]);
    assert.equal(status, 0);
    assert.match(errors, /^ipvs: .*import\.conf:5:30: TCP_CHECK belongs to .* \(and in 1 more places\)\n$/);
    const state = join(folder, `state.${format}`);
    writeFileSync(state, output);
    await runIpvs(kernel, ['apply', state]);
    const rules =
      '-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 192.168.0.1:80 -g -w 1\n-a -t 10.0.0.1:80 -r 192.168.0.2:80 -g -w 1\n';
    assert.equal((await runIpvs(kernel, '-Sn')).output, rules);
  }
  assert.equal((await runIpvs(kernel, ['import', 'keepalived', path, '--quiet'])).errors, '');
  assert.deepEqual(
    [await runIpvs(kernel, 'import'), await runIpvs(kernel, 'import nginx x')].map(({ status, errors }) => [
      status,
      errors,
    ]),
    [
      [2, 'ipvs: import: needs keepalived and a file (see ipvs import --help)\n'],
      [2, 'ipvs: import nginx: must be keepalived (see ipvs import --help)\n'],
    ],
  );
  writeFileSync(path, 'virtual_server \u001b[31m { }\n');
  const refused = await runIpvs(kernel, ['import', 'keepalived', path]);
  assert.equal(refused.status, 2);
  assert.match(refused.errors, /:1:16: \\x1b\[31m: must be an IPv4 or IPv6 address\n$/);
});
