import type { Daemon, DestinationDefinition, ServiceDefinition, Timeouts } from '../../../protocol/index.ts';

/** A service with its destinations, as ipvsadm's arguments and as our client takes them. */
export interface RecordedService {
  readonly ipvsadm: readonly string[];
  readonly service: ServiceDefinition;
  readonly destinations: readonly DestinationDefinition[];
}

/** The table that is recorded: every kind of service and destination, the same through both programs. */
export const recordedServices: readonly RecordedService[] = [
  {
    ipvsadm: ['-A -t 10.0.0.1:80 -s rr', '-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 1'],
    service: { protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' },
    destinations: [{ address: '10.0.1.1', port: 8080, forwarding: 'masq', weight: 1 }],
  },
  {
    ipvsadm: [
      '-A -u 10.0.0.2:53 -s wlc -p 360 -M 255.255.255.0',
      '-a -u 10.0.0.2:53 -r 10.0.1.2:53 -g -w 65535 -x 100 -y 50',
      '-a -u 10.0.0.2:53 -r 10.0.1.3:53 -g -w 0',
    ],
    service: {
      protocol: 'udp',
      address: '10.0.0.2',
      port: 53,
      scheduler: 'wlc',
      persistence: { timeout: 360, netmask: '255.255.255.0' },
    },
    destinations: [
      {
        address: '10.0.1.2',
        port: 53,
        forwarding: 'direct-route',
        weight: 65535,
        upperThreshold: 100,
        lowerThreshold: 50,
      },
      { address: '10.0.1.3', port: 53, forwarding: 'direct-route', weight: 0 },
    ],
  },
  {
    ipvsadm: ['-A -u 10.0.0.3:53 -s rr -o', '-a -u 10.0.0.3:53 -r 10.0.1.4:53 -m -w 1'],
    service: { protocol: 'udp', address: '10.0.0.3', port: 53, scheduler: 'rr', onePacket: true },
    destinations: [{ address: '10.0.1.4', port: 53, forwarding: 'masq', weight: 1 }],
  },
  {
    ipvsadm: [
      '-A -t 10.0.0.4:443 -s sh -b sh-fallback,sh-port',
      '-a -t 10.0.0.4:443 -r 10.0.1.5:443 -i -w 3',
      '-a -t 10.0.0.4:443 -r 10.0.1.6:443 -i -w 3 --tun-type gue --tun-port 6080 --tun-csum',
      '-a -t 10.0.0.4:443 -r 10.0.1.7:443 -i -w 3 --tun-type gre --tun-csum',
    ],
    service: {
      protocol: 'tcp',
      address: '10.0.0.4',
      port: 443,
      scheduler: 'sh',
      schedulerFlags: ['sh-fallback', 'sh-port'],
    },
    destinations: [
      { address: '10.0.1.5', port: 443, forwarding: 'tunnel', weight: 3 },
      {
        address: '10.0.1.6',
        port: 443,
        forwarding: 'tunnel',
        weight: 3,
        tunnel: { type: 'gue', port: 6080, checksum: 'csum' },
      },
      {
        address: '10.0.1.7',
        port: 443,
        forwarding: 'tunnel',
        weight: 3,
        tunnel: { type: 'gre', checksum: 'csum' },
      },
    ],
  },
  {
    ipvsadm: [
      '-A -t [2001:db8::1]:80 -s wrr -p 300 -M 64',
      '-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -m -w 2',
    ],
    service: {
      protocol: 'tcp',
      address: '2001:db8::1',
      port: 80,
      scheduler: 'wrr',
      persistence: { timeout: 300, prefixLength: 64 },
    },
    destinations: [{ address: '2001:db8::2', port: 80, forwarding: 'masq', weight: 2 }],
  },
  {
    ipvsadm: ['-A -f 7 -s rr', '-a -f 7 -r 10.0.1.8:0 -g -w 1'],
    service: { mark: 7, scheduler: 'rr' },
    destinations: [{ address: '10.0.1.8', port: 0, forwarding: 'direct-route', weight: 1 }],
  },
  {
    ipvsadm: ['-A -f 8 -6 -s lc', '-a -f 8 -6 -r [2001:db8::3]:0 -g -w 1'],
    service: { mark: 8, family: 'ipv6', scheduler: 'lc' },
    destinations: [{ address: '2001:db8::3', port: 0, forwarding: 'direct-route', weight: 1 }],
  },
  {
    ipvsadm: ['-A --sctp-service 10.0.0.5:9 -s nq'],
    service: { protocol: 'sctp', address: '10.0.0.5', port: 9, scheduler: 'nq' },
    destinations: [],
  },
];

/** More destinations of the first service, so that they do not fit into the first datagram of a dump. */
export const moreDestinations: readonly DestinationDefinition[] = Array.from({ length: 14 }, (_, index) => ({
  address: '10.0.9.1',
  port: 1 + index,
  forwarding: 'masq',
}));

/** `--set` and `setTimeouts`. */
export const recordedTimeouts: Timeouts = { tcp: 901, tcpFin: 121, udp: 301 };

/** `--start-daemon` and `startDaemon`. */
export const recordedDaemon: Daemon = { role: 'master', interface: 'lo', syncId: 5 };

/** A service with the persistence engine for SIP. */
export const sipService: ServiceDefinition = {
  protocol: 'udp',
  address: '10.0.0.6',
  port: 5060,
  scheduler: 'rr',
  persistence: { timeout: 60 },
  persistenceEngine: 'sip',
  onePacket: true,
};

/** A sync daemon with an IPv6 multicast group. */
export const multicast6Daemon: Daemon = {
  role: 'backup',
  interface: 'd0',
  syncId: 6,
  syncMaxLength: 1024,
  multicastGroup: 'ff02::81',
  multicastPort: 8849,
  multicastTtl: 2,
};
