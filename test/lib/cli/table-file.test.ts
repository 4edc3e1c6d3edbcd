import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tableFile } from '../../../lib/cli/table-file.ts';
import type { Destination, Service, ServiceKey } from '../../../protocol/ipvs/index.ts';

/** As Debian's 6.1 wrote it, with every kind of line. */
const TITLES = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`;
const FILE = `${TITLES}TCP  0A000001:0050 wlc  
  -> 0A010002:1F90      Masq    5      3          4         
  -> C0A80001:FFFF      Route   0      0          4294967295
TCP  0A000002:0050 rr  persistent 60 FFFFFF00
UDP  0A000001:0035 rr ops 
  -> 7F000001:0035      Local   2147483647 0          0         
SCTP  0A000001:0F1C rr  
TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 wlc 
  -> [2001:0db8:0000:0000:0000:0000:00a0:000b]:0051      Masq    1      0          0         
  -> 0A010009:0050      Tunnel  1      0          0         
FWM  FFFFFFFF rr ops persistent 300 FFFFFFFF
  -> 0A010001:0000      Route   1      0          0         
FWM  00000005 wlc 
`;

function service(key: ServiceKey & { readonly family: Service['family'] }): Service {
  return key as Service;
}

function shown(destinations: readonly Destination[] | 'unclear' | undefined): unknown {
  if (!Array.isArray(destinations)) return destinations;
  return (destinations as readonly Destination[]).map(
    ({ address, port, forwarding, weight, activeConnections, inactiveConnections }) =>
      [address, port, forwarding, weight, activeConnections, inactiveConnections].join(' '),
  );
}

function tcpService(address: string, port: number): Service {
  return service({ family: 'ipv4', protocol: 'tcp', address, port });
}

const tcp = tcpService('10.0.0.1', 80);

function read(text: string): ReturnType<typeof tableFile> {
  return tableFile(Buffer.from(text, 'latin1'));
}

describe("the kernel's table in /proc", () => {
  it('gives the destinations of services of every kind, in its order', () => {
    const file = read(FILE)!;
    assert.deepEqual(shown(file.destinationsOf(tcp)), [
      '10.1.0.2 8080 masq 5 3 4',
      '192.168.0.1 65535 direct-route 0 0 4294967295',
    ]);
    assert.deepEqual(shown(file.destinationsOf(tcpService('10.0.0.2', 80))), []);
    const udp = service({ family: 'ipv4', protocol: 'udp', address: '10.0.0.1', port: 53 });
    assert.deepEqual(shown(file.destinationsOf(udp)), ['127.0.0.1 53 local 2147483647 0 0']);
    const sctp = service({ family: 'ipv4', protocol: 'sctp', address: '10.0.0.1', port: 3868 });
    assert.deepEqual(shown(file.destinationsOf(sctp)), []);
    const six = service({ family: 'ipv6', protocol: 'tcp', address: '2001:db8::1', port: 80 });
    const destinations = file.destinationsOf(six) as readonly Destination[];
    assert.deepEqual(shown(destinations), ['2001:db8::a0:b 81 masq 1 0 0', '10.1.0.9 80 tunnel 1 0 0']);
    assert.deepEqual(
      destinations.map(({ family }) => family),
      ['ipv6', 'ipv4'],
    );
    const mark = service({ family: 'ipv4', mark: 0xffffffff });
    assert.deepEqual(shown(file.destinationsOf(mark)), ['10.1.0.1 0 direct-route 1 0 0']);
    assert.deepEqual(shown(file.destinationsOf(service({ family: 'ipv6', mark: 5 }))), []);
  });

  it('lacks what came later', () => {
    assert.equal(read(FILE)!.destinationsOf(tcpService('10.0.0.1', 81)), undefined);
    assert.equal(read(TITLES)!.destinationsOf(tcp), undefined);
  });

  it('leaves open whose the destinations of a mark are where they may be of either family', () => {
    const mark = service({ family: 'ipv6', mark: 0xffffffff });
    assert.equal(read(FILE)!.destinationsOf(mark), 'unclear', 'its destination is IPv4');
    const both = read(`${TITLES}FWM  00000005 wlc \nFWM  00000005 rr \n`)!;
    assert.equal(both.destinationsOf(service({ family: 'ipv4', mark: 5 })), 'unclear');
    assert.equal(both.destinationsOf(service({ family: 'ipv6', mark: 5 })), 'unclear');
  });

  it('leaves open what came twice because the table changed', () => {
    const line = '  -> 0A010002:1F90      Masq    5      3          4         \n';
    const twice = read(`${TITLES}TCP  0A000001:0050 wlc  \n${line}TCP  0A000001:0050 wlc  \n`)!;
    assert.equal(twice.destinationsOf(tcp), 'unclear');
  });

  it('is not taken for one when it is cut off anywhere within a line', () => {
    for (let length = 0; length < FILE.length; length++) {
      const file = read(FILE.slice(0, length));
      const whole = length >= TITLES.length && FILE[length - 1] === '\n';
      assert.equal(file !== undefined, whole, `cut off after ${length} bytes`);
    }
  });

  it('is not taken for one when a line is none that the kernel writes', () => {
    const start = `${TITLES}TCP  0A000001:0050 wlc  \n`;
    const bad = [
      'Something else\n',
      `${TITLES}\n`,
      `${TITLES}ICMP  0A000001:0050 wlc  \n`,
      `${TITLES}TCP  0A00001:0050 wlc  \n`,
      `${TITLES}TCP  0A00000g:0050 wlc  \n`,
      `${TITLES}TCP  0A000001:50 wlc  \n`,
      `${TITLES}TCP  [2001:db8::1]:0050 wlc  \n`,
      `${TITLES}TCP  [2001:0db8:0000:0000:0000:0000:0000:0001:0050 wlc  \n`,
      `${TITLES}FWM  0000005 wlc \n`,
      `${TITLES}  -> 0A010002:1F90      Masq    5      3          4         \n`,
      `${start}  -> 0A010002:1F90      Magic   5      3          4         \n`,
      `${start}  -> 0A010002:1F90      Masq    5      3          \n`,
      `${start}  -> 0A010002:1F90      Masq    5      3          4          5\n`,
      `${start}  -> 0A010002:1F90      Masq    5      3          99999999999 \n`,
      `${start}  -> 0A010002:1F90      Masq    x      3          4         \n`,
      `${start}    0A010002:1F90      Masq    5      3          4         \n`,
    ];
    for (const text of bad) assert.equal(read(text), undefined, text.slice(TITLES.length));
  });

  it('understands a negative number as the kernel means it', () => {
    const file = read(
      `${TITLES}TCP  0A000001:0050 wlc  \n  -> 0A010002:1F90      Masq    -1     -1         4         \n`,
    )!;
    assert.deepEqual(shown(file.destinationsOf(tcp)), ['10.1.0.2 8080 masq -1 4294967295 4']);
  });
});
