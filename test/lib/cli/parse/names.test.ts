import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseIPv4 } from '../../../../lib/cli/list/ipv4-text.ts';
import {
  type HostLookup,
  namesOfAddresses,
  parseHosts,
  usesNameServers,
} from '../../../../lib/cli/names/hosts.ts';
import { ServicesFile } from '../../../../lib/cli/names/services-file.ts';
import { isIPv6, parseEndpoint } from '../../../../lib/cli/parse/values/endpoint.ts';
import { wholeNumber } from '../../../../lib/cli/parse/values/numbers.ts';

describe('numbers and addresses are read as the C library reads them', () => {
  it('strtol in base 10', () => {
    for (const [text, number] of [
      ['7', 7],
      ['+7', 7],
      [' \t7', 7],
      ['007', 7],
      ['-1', -1],
    ] as const)
      assert.equal(wholeNumber(text, -10, 10), number, text);
    for (const text of ['', ' ', '7 ', '0x7', '7.0', '1e1', '--7', '11', '99999999999999999999'])
      assert.equal(wholeNumber(text, -10, 10), undefined, text);
  });

  it('inet_aton', () => {
    for (const [text, address] of [
      ['10.0.0.1', '10.0.0.1'],
      ['10.1', '10.0.0.1'],
      ['10.1.2', '10.1.0.2'],
      ['0x0a.1', '10.0.0.1'],
      ['010.0.0.1', '8.0.0.1'],
      ['255', '0.0.0.255'],
      ['0', '0.0.0.0'],
      ['4294967295', '255.255.255.255'],
      ['10.0.0.1 x', '10.0.0.1'],
      ['10.65537', '10.1.0.1'],
    ] as const)
      assert.equal(parseIPv4(text), address, text);
    for (const text of [
      '',
      '.',
      '10.',
      '10.0.0.256',
      '256.1',
      '10.0.0.0.1',
      '08.1',
      '1.2.3.4x',
      '4294967296',
      'a.b',
    ])
      assert.equal(parseIPv4(text), undefined, text);
  });

  it('IPv6 without zones', () => {
    for (const text of ['::', '::1', '2001:db8::a0a0', '::ffff:1.2.3.4']) assert.ok(isIPv6(text), text);
    for (const text of ['', '1', 'a:b', '10.0.0.1:80', 'fe80::1%eth0', ':::', '1:2:3:4:5:6:7:8:9'])
      assert.ok(!isIPv6(text), text);
  });

  it('hosts and ports', () => {
    const names = {
      addressOf: (host: string, family: string) =>
        host === 'host' ? (family === 'ipv6' ? '::7' : '10.0.0.7') : undefined,
      portOf: (service: string, protocol: unknown) =>
        service === 'http' && protocol === 'tcp' ? 80 : undefined,
    };
    const read = (text: string, protocol: 'tcp' | 'udp' | undefined = 'tcp') =>
      parseEndpoint(text, protocol, names);
    assert.deepEqual(read('host:http'), { family: 'ipv4', address: '10.0.0.7', port: 80 });
    assert.deepEqual(read('[host]:http'), { family: 'ipv6', address: '::7', port: 80 });
    assert.deepEqual(read('10.0.0.1'), { family: 'ipv4', address: '10.0.0.1', port: undefined });
    assert.deepEqual(read('::1'), { family: 'ipv6', address: '::1', port: undefined });
    for (const [text, problem] of [
      ['', 'an address or a host is missing'],
      ['80', 'is a port without a host; write host:80'],
      [':80', 'a host is missing before the port'],
      ['nosuch:80', 'the host nosuch has no known IPv4 address'],
      ['[nosuch]:80', 'the host nosuch has no known IPv6 address'],
      ['host:nosuch', 'no tcp port has the name nosuch'],
      ['host:', 'a port is missing after the colon'],
      ['host:65536', 'port above 65535'],
      ['host:-1', 'port below 0'],
      ['[::1]', 'brackets need a port after them; write [::1]:PORT'],
      ['[::1]80', 'brackets need a port after them; write [::1]:80'],
      ['[::1', 'a ] is missing'],
      ['[10.0.0.1]:80', 'brackets are for IPv6; write 10.0.0.1:PORT'],
      ['::1]:80', '::1] is not an IPv6 address'],
      ['10.0.0.256:80', '10.0.0.256 is not an IPv4 address'],
    ] as const)
      assert.equal(read(text), problem, text);
    assert.equal(read('host:http', 'udp'), 'no udp port has the name http');
    assert.match(String(parseEndpoint('host:http', undefined, names)), /needs a protocol/);
  });

  it('and what is not a host name is not looked up', () => {
    const names = {
      addressOf: (host: string) => assert.fail(`${host} is looked up`),
      portOf: () => undefined,
    };
    for (const text of ['fe80::1%eth0', '[fe80::1%eth0]:80', 'fe80::1%eth0:80', '10.0.0.1%eth0:80'])
      assert.equal(parseEndpoint(text, 'tcp', names), 'an address with a zone (%) is not allowed', text);
    for (const text of ['10.0.0.256', '1.2.3.4.5:80', '1:2:3:4:5:6:7:8:9:80', '[a:b]:80'])
      assert.equal(typeof parseEndpoint(text, 'tcp', names), 'string', text);
  });
});

describe('names', () => {
  const services = new ServicesFile(
    '# a comment\nhttp\t80/tcp www # web\nfirst 80/tcp\nhttp 8080/tcp\ndomain 53/udp\nbroken\nother 5\n',
  );

  it('of ports come from the services file, the first entry first', () => {
    assert.equal(services.nameOf(80, 'tcp'), 'http');
    assert.equal(services.nameOf(80, 'udp'), undefined);
    assert.equal(services.nameOf(80, undefined), undefined);
    assert.equal(services.nameOf(80, 50), undefined);
    assert.equal(services.portOf('http', 'tcp'), 80);
    assert.equal(services.portOf('www', 'tcp'), 80);
    assert.equal(services.portOf('first', 'tcp'), 80);
    assert.equal(services.portOf('domain', 'tcp'), undefined);
    assert.equal(ServicesFile.read('/nonexistent').portOf('http', 'tcp'), undefined);
  });

  it('of hosts come from the hosts file, the first line first', () => {
    const hosts = parseHosts(
      '127.0.0.1 localhost loop # x\n127.0.0.1 other\n0:0::1\tsix\nnonsense name\n#1.2.3.4 x\n',
    );
    assert.deepEqual(
      [...hosts],
      [
        ['127.0.0.1', 'localhost'],
        ['::1', 'six'],
      ],
    );
  });

  it('are looked up at name servers unless nsswitch.conf excludes them', () => {
    assert.equal(usesNameServers(''), true);
    assert.equal(usesNameServers('passwd: files\nhosts: files dns\n'), true);
    assert.equal(usesNameServers('hosts:\tfiles mdns4_minimal [NOTFOUND=return] dns\n'), true);
    assert.equal(usesNameServers('hosts: files\n'), false);
  });

  it('of hosts must be valid host names, whatever a lookup returns', async () => {
    const lookup: HostLookup = {
      addressOf: async () => undefined,
      nameOf: async (address) =>
        ['ok.example', 'a\x1b[2J', 'a b', '-A', 'a\n-C', 'x'.repeat(256), ''][Number(address)],
      cancel: () => {},
    };
    const names = await namesOfAddresses(['0', '1', '2', '3', '4', '5', '6'], lookup);
    assert.deepEqual([...names], [['0', 'ok.example']]);
    assert.equal(new ServicesFile('a\x1b[2J 80/tcp\n').nameOf(80, 'tcp'), undefined);
  });

  it('are given up when no name server answers in time', async () => {
    let cancelled = false;
    const lookup: HostLookup = {
      addressOf: async () => undefined,
      nameOf: (address) => (address === '10.0.0.1' ? Promise.resolve('one') : new Promise(() => {})),
      cancel: () => {
        cancelled = true;
      },
    };
    const started = performance.now();
    const names = await namesOfAddresses(['10.0.0.1', '10.0.0.2', '10.0.0.1'], lookup, 50);
    assert.deepEqual([...names], [['10.0.0.1', 'one']]);
    assert.ok(cancelled);
    assert.ok(performance.now() - started < 5000);
  });
});
