import type { DestinationDefinition, ServiceDefinition } from '../../../../lib/index.ts';

/** A service with its destinations, as rules for ipvsadm and as definitions for our client. */
export interface ServiceWithRules {
  readonly rule: string;
  readonly service: ServiceDefinition;
  readonly destinations?: readonly (readonly [rule: string, destination: DestinationDefinition])[];
}

const web = { protocol: 'tcp', address: '192.0.2.1', scheduler: 'wlc' } as const;
const dns6 = { protocol: 'udp', address: '2001:db8::1', scheduler: 'rr' } as const;

/** Every field of services and destinations. */
export const servicesWithRules: readonly ServiceWithRules[] = [
  {
    rule: '-t 192.0.2.1:80 -s wlc',
    service: { ...web, port: 80 },
    destinations: [
      [
        '-r 198.51.100.1:8080 -m -w 0',
        { address: '198.51.100.1', port: 8080, forwarding: 'masq', weight: 0 },
      ],
      [
        '-r 198.51.100.2:8080 -m -w 65535',
        { address: '198.51.100.2', port: 8080, forwarding: 'masq', weight: 65535 },
      ],
      [
        '-r 198.51.100.3:80 -g -w 2147483647',
        { ...server(3), forwarding: 'direct-route', weight: 2147483647 },
      ],
      [
        '-r 198.51.100.4:80 -m -w 1 -x 1000 -y 10',
        { ...server(4), upperThreshold: 1000, lowerThreshold: 10 },
      ],
      ['-r 198.51.100.5:80 -i -w 1', { ...server(5), forwarding: 'tunnel' }],
      [
        '-r 198.51.100.6:80 -i -w 1 --tun-type ipip',
        { ...server(6), forwarding: 'tunnel', tunnel: { type: 'ipip' } },
      ],
      ['-r 198.51.100.7:80 -i -w 1 --tun-type gue --tun-port 6080', gue(7, { port: 6080 })],
      [
        '-r 198.51.100.8:80 -i -w 1 --tun-type gue --tun-port 6081 --tun-csum',
        gue(8, { port: 6081, checksum: 'csum' }),
      ],
      [
        '-r 198.51.100.9:80 -i -w 1 --tun-type gue --tun-port 65535 --tun-remcsum',
        gue(9, { port: 65535, checksum: 'remcsum' }),
      ],
      [
        '-r 198.51.100.10:80 -i -w 1 --tun-type gre',
        { ...server(10), forwarding: 'tunnel', tunnel: { type: 'gre' } },
      ],
      [
        '-r 198.51.100.11:80 -i -w 1 --tun-type gre --tun-csum',
        { ...server(11), forwarding: 'tunnel', tunnel: { type: 'gre', checksum: 'csum' } },
      ],
      [
        '-r [2001:db8:5::1]:80 -i -w 3',
        { address: '2001:db8:5::1', port: 80, forwarding: 'tunnel', weight: 3 },
      ],
    ],
  },
  {
    rule: '-t 192.0.2.1:443 -s mh -b mh-fallback,mh-port',
    service: { ...web, port: 443, scheduler: 'mh', schedulerFlags: ['mh-fallback', 'mh-port'] },
  },
  {
    rule: '-t 192.0.2.1:444 -s wrr -b flag-1,flag-2,flag-3',
    service: { ...web, port: 444, scheduler: 'wrr', schedulerFlags: ['flag-1', 'flag-2', 'flag-3'] },
  },
  {
    rule: '-u 192.0.2.1:5060 -s sh -p 60 -M 255.255.255.0 --pe sip -o -b sh-port',
    service: {
      ...web,
      protocol: 'udp',
      port: 5060,
      scheduler: 'sh',
      persistence: { timeout: 60, netmask: '255.255.255.0' },
      persistenceEngine: 'sip',
      onePacket: true,
      schedulerFlags: ['sh-port'],
    },
    destinations: [
      ['-r 198.51.100.1:5060 -g -w 1', { address: '198.51.100.1', port: 5060, forwarding: 'direct-route' }],
    ],
  },
  {
    rule: '-t 192.0.2.2:0 -s rr -p 300',
    service: {
      ...web,
      address: '192.0.2.2',
      port: 0,
      scheduler: 'rr',
      persistence: { timeout: 300, netmask: '255.255.255.255' },
    },
  },
  {
    rule: '--sctp-service [2001:db8::1]:9 -s nq',
    service: { protocol: 'sctp', address: '2001:db8::1', port: 9, scheduler: 'nq' },
    destinations: [
      ['-r [2001:db8:5::2]:9 -m -w 7', { address: '2001:db8:5::2', port: 9, forwarding: 'masq', weight: 7 }],
    ],
  },
  {
    rule: '--sctp-service 192.0.2.1:9 -s sed',
    service: { ...web, protocol: 'sctp', port: 9, scheduler: 'sed' },
  },
  {
    rule: '-u [2001:db8::1]:53 -s rr -p 360 -M 64',
    service: { ...dns6, port: 53, persistence: { timeout: 360, prefixLength: 64 } },
    destinations: [
      ['-r 198.51.100.1:53 -i -w 1', { address: '198.51.100.1', port: 53, forwarding: 'tunnel' }],
      ['-r [2001:db8:5::3]:53 -g -w 1', { address: '2001:db8:5::3', port: 53, forwarding: 'direct-route' }],
    ],
  },
  {
    rule: '-u [2001:db8::1]:54 -s rr -p 360',
    service: { ...dns6, port: 54, persistence: { timeout: 360, prefixLength: 128 } },
  },
  {
    rule: '-f 1 -s lblc',
    service: { mark: 1, scheduler: 'lblc' },
    destinations: [
      ['-r 198.51.100.1:0 -g -w 1', { address: '198.51.100.1', port: 0, forwarding: 'direct-route' }],
    ],
  },
  { rule: '-f 1 -6 -s lblcr', service: { mark: 1, family: 'ipv6', scheduler: 'lblcr' } },
  { rule: '-f 2147483648 -s dh', service: { mark: 2147483648, scheduler: 'dh' } },
  {
    rule: '-f 4294967295 -s lc -p 10',
    service: { mark: 4294967295, scheduler: 'lc', persistence: { timeout: 10, netmask: '255.255.255.255' } },
  },
  {
    rule: '-f 4294967295 -6 -s fo',
    service: { mark: 4294967295, family: 'ipv6', scheduler: 'fo' },
    destinations: [
      ['-r [2001:db8:5::4]:0 -g -w 1', { address: '2001:db8:5::4', port: 0, forwarding: 'direct-route' }],
    ],
  },
];

function server(lastOctet: number): DestinationDefinition {
  return { address: `198.51.100.${lastOctet}`, port: 80, forwarding: 'masq' };
}

function gue(lastOctet: number, tunnel: object): DestinationDefinition {
  return { ...server(lastOctet), forwarding: 'tunnel', tunnel: { type: 'gue', ...tunnel } };
}

/** Rules for `ipvsadm -R`. */
export function rulesOf(all: readonly ServiceWithRules[]): string {
  const lines = all.flatMap(({ rule, destinations = [] }) => {
    const key = /^(\S+ \S+(?: -6)?)/.exec(rule)![1]!;
    return [`-A ${rule}`, ...destinations.map(([destination]) => `-a ${key} ${destination}`)];
  });
  return `${lines.join('\n')}\n`;
}
