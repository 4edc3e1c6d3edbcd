import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { NetlinkProtocol, NetlinkSocket } from '../../../lib/netlink.ts';

const namespace = 'guest-suite';

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' });
}

function inNamespace(command: string, ...args: string[]): string {
  return run('ip', 'netns', 'exec', namespace, command, ...args);
}

describe('the guest', () => {
  before(() => {
    run('modprobe', 'ip_vs');
    run('ip', 'netns', 'add', namespace);
    // Before a namespace has its first address it has no local routing table, and the kernel considers no IPv4
    // address a unicast address (inet_addr_type), so it refuses every destination.
    inNamespace('ip', 'link', 'set', 'lo', 'up');
  });

  after(() => {
    run('ip', 'netns', 'delete', namespace);
  });

  it('runs the series of kernel that it was booted for', () => {
    const series = /-(\d+\.[\dx]+)$/.exec(process.env.IPVS_LAB_KERNEL ?? '')?.[1];
    assert.ok(series, 'IPVS_LAB_KERNEL names a kernel');
    const prefix = series.replace('x', '');
    assert.ok(release().startsWith(prefix), `${release()} is of series ${series}`);
  });

  it('shows the empty table in /proc', () => {
    assert.match(readFileSync('/proc/net/ip_vs', 'utf8'), /^IP Virtual Server version 1\.2\.1/);
  });

  it('takes services of every protocol from ipvsadm, and loads schedulers and persistence engines by itself', () => {
    const rules = [
      '-A -t 192.0.2.1:80 -s wlc',
      '-A -t 192.0.2.1:443 -s mh -b mh-fallback,mh-port',
      '-A -u 192.0.2.1:5060 -s sh -p 60 --pe sip -o',
      '-A --sctp-service [2001:db8::1]:9 -s ovf',
      '-A -f 7 -s rr',
      '-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 65535',
      '-a -t 192.0.2.1:443 -r 198.51.100.2:443 -i --tun-type gue --tun-port 6080 -w 1',
    ];
    for (const rule of rules) inNamespace('ipvsadm', ...rule.split(' '));
    const saved = inNamespace('ipvsadm', '-Sn').trim().split('\n').sort();
    assert.deepEqual(saved, [
      '-A --sctp-service [2001:db8::1]:9 -s ovf',
      '-A -f 7 -s rr',
      '-A -t 192.0.2.1:443 -s mh -b mh-fallback,mh-port',
      '-A -t 192.0.2.1:80 -s wlc',
      '-A -u 192.0.2.1:5060 -s sh -p 60 --pe sip -o',
      '-a -t 192.0.2.1:443 -r 198.51.100.2:443 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum',
      '-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 65535',
    ]);
    assert.equal(run('ipvsadm', '-Sn'), '', 'the namespace keeps its rules to itself');
  });

  it('loads ffi-rs, through which a generic netlink socket is opened', () => {
    using socket = NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC });
    assert.match(run('readlink', `/proc/${process.pid}/fd/${socket.fd}`), /^socket:\[\d+\]/);
  });

  it('captures netlink traffic from nlmon with tcpdump', () => {
    const script = `
      set -e
      ip link add nlmon0 type nlmon && ip link set nlmon0 up
      tcpdump -i nlmon0 -U -Z root -w /tmp/guest-suite.pcap 2>/tmp/tcpdump.log & capture=$!
      until [ "$(stat -c %s /tmp/guest-suite.pcap 2>/dev/null || echo 0)" -ge 24 ]; do sleep 0.1; done
      while [ "$(stat -c %s /tmp/guest-suite.pcap)" -eq 24 ]; do ipvsadm -Ln; sleep 0.1; done
      kill $capture && wait $capture
      ip link delete nlmon0`;
    run('bash', '-c', script);
    const capture = readFileSync('/tmp/guest-suite.pcap');
    assert.equal(capture.readUInt32LE(0), 0xa1b2c3d4);
    assert.equal(capture.readUInt32LE(20), 253, 'the link type is LINKTYPE_NETLINK');
    assert.ok(capture.length > 24 + 16 + 16, 'at least one packet was recorded');
  });

  it('has two processors and the modules that traffic needs', () => {
    assert.match(readFileSync('/proc/cpuinfo', 'utf8'), /^processor\s*: 1$/m);
    run('modprobe', '-a', 'dummy', 'veth', 'nlmon', 'ipip', 'ip_gre', 'fou', 'sctp', 'nf_conntrack');
    assert.ok(readdirSync('/sys/module').includes('veth'));
  });
});
