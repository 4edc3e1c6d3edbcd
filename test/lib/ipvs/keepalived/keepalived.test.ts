import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runIpvs } from '../../cli/run-ipvs.ts';
import { kernelWith } from '../plan/tables.ts';
import { errorsOf, notesOf, parse, SERVER } from './configurations.ts';

const folder = mkdtempSync(join(tmpdir(), 'keepalived-'));
after(() => rmSync(folder, { recursive: true }));

test('a virtual server becomes a service with everything that a table can hold', () => {
  const { state, notes } = parse(`
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
  assert.deepEqual(state, {
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

test('groups and ranges become one service for each address or mark', () => {
  const { state } = parse(`
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
  const keys = state.services.map(
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
  const { state } = parse(
    'global_defs { lvs_timeouts tcp 7200 tcpfin 30\n lvs_sync_daemon eth0 id 51 port 9000 }',
  );
  const daemon = { interface: 'eth0', syncId: 51, multicastPort: 9000 };
  assert.deepEqual(state, {
    services: [],
    timeouts: { tcp: 7200, tcpFin: 30 },
    daemons: [
      { role: 'master', ...daemon },
      { role: 'backup', ...daemon },
    ],
  });
});

test('settings that a table cannot hold, and those that keepalived corrects, are noted with line and column', () => {
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
      '1:1 virtual_server names no protocol: UDP is used',
      "4:3 real_server 192.168.0.1 has another port than its service, which only NAT supports: the service's port is used",
      '1:1 virtual_server names no scheduler: wlc is used',
      '9:1 virtual_server names no protocol: UDP is used',
      '9:1 virtual_server has no real servers and is left out',
    ],
  );
});

test('every error is reported with its line and column, and nothing is imported', () => {
  assert.deepEqual(
    errorsOf(`virtual_server 10.0.0.256 80 { }
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
      '15:1 no block is open that this brace could close',
      '15:3 a block needs a keyword before its brace',
      '15:3 the block that begins here is not closed',
      '11:29 the range has more than 65536 addresses',
      '12:3 the range ends before it begins',
      '13:10 x: must be a whole number from 1 to 4294967295',
      '1:16 10.0.0.256: must be an IPv4 or IPv6 address',
      '2:22 nobody: no virtual_server_group has this name',
      '4:14 NOT: must be NAT or DR or TUN',
      '5:3 wieght: is not a keyword of virtual_server',
      '6:39 65536: must be a whole number from 0 to 65535',
      '7:27 port: must be a whole number from 1 to 65535',
      '8:23 0: must be a whole number from 1 to 4294967295',
      '9:27 129: must be a whole number from 1 to 128',
    ],
  );
  assert.deepEqual(errorsOf(`virtual_server 10.0.0.1 80 { ${SERVER} }\n`.repeat(2)), [
    '2:1 udp 10.0.0.1:80 is configured twice',
  ]);
});

test('a keyword in the wrong block, and values that keepalived does not have, are errors', () => {
  assert.deepEqual(
    errorsOf(`virtual_server 10.0.0.1 80 {
  protocol TCP extra
  persistence_granularity 255.255.255.0 extra
  ip_family inet extra
  ops extra
  sh-port extra
  uthreshold 1
  real_server 192.168.0.1 80 { protocol TCP
    lvs_sched rr }
}
`),
    [
      '2:16 protocol: extra is not expected here',
      '3:41 persistence_granularity: extra is not expected here',
      '4:18 ip_family: extra is not expected here',
      '5:7 ops: extra is not expected here',
      '6:11 sh-port: extra is not expected here',
      '7:3 uthreshold: is not a keyword of virtual_server',
      '8:32 protocol: is not a keyword of real_server',
      '9:5 lvs_sched: is not a keyword of real_server',
    ],
  );
});

test('the flag that the kernel sets for every service changes nothing', () => {
  const server = (flag: string): string =>
    `virtual_server 10.0.0.1 80 {\n${flag}\nlvs_sched rr\nprotocol TCP\n${SERVER} }\n`;
  assert.deepEqual(parse(server('hashed')).state, parse(server('')).state);
  assert.deepEqual(notesOf(server('hashed')).slice(0, 1), [
    '2:1 hashed is not imported: the kernel sets this flag itself, for every service',
  ]);
});

test('global definitions have the limits and options of keepalived', () => {
  const { state } = parse('global_defs { lvs_timeouts tcp 0 tcpfin 2678400 }');
  assert.deepEqual(state.timeouts, { tcp: 0, tcpFin: 2_678_400 });
  assert.deepEqual(
    errorsOf('global_defs { lvs_timeouts udp 2678401\nlvs_timeouts\nlvs_sync_daemon eth0 id 1 colour 3 }\n'),
    [
      '1:32 2678401: must be a whole number from 0 to 2678400',
      '2:1 lvs_timeouts: needs a value',
      '3:27 colour: is not an option of lvs_sync_daemon',
    ],
  );
  for (const daemon of ['eth0 VI_1', 'eth0 VI_1 51', 'eth0 VI_1 id 51 port 9000']) {
    const { daemons } = parse(`global_defs { lvs_sync_daemon ${daemon} }`).state;
    assert.equal(daemons, undefined);
  }
  assert.deepEqual(
    notesOf('global_defs {\n  lvs_sync_daemon eth0 VI_1 id 51\n  lvs_flush\n  lvs_flush_on_stop VS\n}\n'),
    [
      '2:3 lvs_sync_daemon is not imported: VRRP instance VI_1 decides which daemon runs',
      '3:3 lvs_flush is not imported: whether other services are removed is chosen when the file is applied',
      '4:3 lvs_flush_on_stop is not imported: it removes services when keepalived stops',
    ],
  );
});

test('ipvs import writes a file that apply accepts, and reports what it leaves out', async () => {
  const path = join(folder, 'import.conf');
  const serversWithChecks = `real_server 192.168.0.1 80 { TCP_CHECK { } }\nreal_server 192.168.0.2 80 { TCP_CHECK { } }\n`;
  writeFileSync(
    path,
    `virtual_server 10.0.0.1 80 {\nlvs_sched rr\nprotocol TCP\nlvs_method DR\n${serversWithChecks}}\n`,
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
    assert.match(errors, /^ipvs: .*import\.conf:5:30: TCP_CHECK belongs to .* \(and 1 more\)\n$/);
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
  writeFileSync(path, 'virtual_server x 80 { }\nvirtual_server y 80 { }\n');
  const { errors } = await runIpvs(kernel, ['import', 'keepalived', path]);
  assert.match(errors, /^ipvs: \S+:1:16: x: [^\n]+\nipvs: \S+:2:16: y: [^\n]+\n$/, 'a line for each error');
});
