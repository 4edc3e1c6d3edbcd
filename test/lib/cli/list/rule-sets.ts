/** A table, as the command lines of ipvsadm that make it. */
export interface RuleSet {
  readonly name: string;
  readonly rules: readonly string[];
  /** Whether ipvsadm 1.31 lists or saves it wrongly, a bug that this command repeats with --compat only. */
  readonly needsCompat?: boolean;
}

const schedulers = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];

function range<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Tables that cover every option of services and real servers. */
export const ruleSets: readonly RuleSet[] = [
  { name: 'empty', rules: [] },
  { name: 'one service', rules: ['-A -t 10.0.0.1:80'] },
  {
    name: 'services of every transport',
    rules: ['-A -t 10.0.0.1:80 -s rr', '-A -u 10.0.0.1:53 -s rr', '-A --sctp-service 10.0.0.1:3868 -s rr'],
  },
  {
    name: 'direct routing',
    rules: ['-A -t 10.0.0.1:80', '-a -t 10.0.0.1:80 -r 10.1.0.1', '-a -t 10.0.0.1:80 -r 10.1.0.2:81 -g'],
  },
  {
    name: 'masquerading to other ports',
    rules: [
      '-A -t 10.0.0.1:80',
      ...range(5, (index) => `-a -t 10.0.0.1:80 -r 10.1.0.${9 - index}:${8000 + index} -m`),
    ],
  },
  {
    name: 'one server with several ports',
    rules: [
      '-A -t 10.0.0.1:80',
      ...[9, 80, 1000, 65535, 443].map((p) => `-a -t 10.0.0.1:80 -r 10.1.0.1:${p} -m`),
    ],
  },
  {
    name: 'weights',
    rules: [
      '-A -t 10.0.0.1:80 -s wrr',
      ...[0, 1, 100, 65535, 65536, 2147483647].map(
        (weight, index) => `-a -t 10.0.0.1:80 -r 10.1.0.${index + 1} -m -w ${weight}`,
      ),
    ],
  },
  {
    name: 'every scheduler',
    rules: schedulers.map((name, index) => `-A -t 10.0.0.1:${1000 + index} -s ${name}`),
  },
  {
    name: 'persistence',
    rules: [
      '-A -t 10.0.0.1:0 -p',
      '-A -t 10.0.0.2:443 -s sh -p 1',
      '-A -u 10.0.0.3:0 -p 2678400',
      '-a -t 10.0.0.1:0 -r 10.1.0.1 -m',
    ],
  },
  {
    name: 'persistence of networks',
    rules: [
      '-A -t 10.0.0.1:80 -p 60 -M 255.255.255.0',
      '-A -t 10.0.0.2:80 -p -M 255.255.255.255',
      '-A -t 10.0.0.3:80 -p -M 0.0.0.0',
      '-A -t 10.0.0.4:80 -M 255.255.0.0 -p 7200',
    ],
  },
  {
    name: 'persistence of IPv6 networks',
    rules: [
      '-A -t [2001:db8::1]:80 -p 60 -M 64',
      '-A -t [2001:db8::2]:80 -p -M 128',
      '-A -t [2001:db8::3]:80 -p -M 1',
      '-A -f 12 -6 -p 30 -M 48',
    ],
  },
  {
    name: 'one-packet scheduling',
    rules: [
      '-A -u 10.0.0.1:53 -o',
      '-A -f 9 -o',
      '-A -u [2001:db8::1]:53 -s rr -o',
      '-A -u 10.0.0.2:53 -p 9 -o',
    ],
  },
  {
    name: 'persistence engine',
    rules: [
      '-A -u 10.0.0.1:5060 -p 60 --pe sip -o',
      '-A -u 10.0.0.2:5060 --pe sip',
      '-A -t 10.0.0.3:5060 -p --pe sip',
    ],
  },
  {
    name: 'scheduler flags',
    rules: [
      '-A -t 10.0.0.1:1 -s sh -b sh-fallback',
      '-A -t 10.0.0.1:2 -s sh -b sh-fallback,sh-port',
      '-A -t 10.0.0.1:3 -s mh -b mh-port',
      '-A -t 10.0.0.1:4 -s mh -b mh-port,mh-fallback -p 9',
      '-A -t 10.0.0.1:5 -s rr -b flag-1',
      '-A -t 10.0.0.1:6 -b flag-3,flag-2,flag-1 -p',
    ],
  },
  {
    name: 'the third flag of sh',
    rules: ['-A -t 10.0.0.1:1 -s sh -b flag-3', '-A -t 10.0.0.1:2 -s mh -b flag-1,flag-3'],
    needsCompat: true,
  },
  { name: 'marks', rules: ['-A -f 1', '-A -f 2147483647 -s rr', '-A -f 42 -s wrr -p 300 -M 255.255.0.0'] },
  {
    name: 'marks with servers',
    rules: ['-A -f 7', '-a -f 7 -r 10.1.0.1', '-a -f 7 -r 10.1.0.2:0 -m -w 3', '-a -f 7 -r 10.1.0.3:8080 -m'],
  },
  {
    name: 'marks above 2147483647',
    rules: [
      '-A -f 4294967295',
      '-A -f 2147483648',
      '-a -f 4294967295 -r 10.1.0.1 -m',
      '-A -f 3',
      '-A -t 1.2.3.4:5',
    ],
    needsCompat: true,
  },
  {
    name: 'marks of both families',
    rules: [
      '-A -f 5',
      '-A -f 5 -6',
      '-a -f 5 -6 -r [2001:db8::5]:0',
      '-a -f 5 -r 10.1.0.5',
      '-A -f 4 -6 -s rr',
    ],
  },
  {
    name: 'IPv6',
    rules: [
      '-A -t [2001:db8::1]:80 -s rr',
      '-A -u [2001:db8:1:2:3:4:5:6]:53',
      '-A --sctp-service [::1]:9',
      '-A -t [2001:db8:7fff:ffff:7fff:ffff:7fff:ffff]:65535',
      '-a -t [2001:db8::1]:80 -r [2001:db8::a0a0]:80 -m',
      '-a -t [2001:db8::1]:80 -r [2001:db8::a0a1]:8080 -m -w 7',
      '-a -t [2001:db8::1]:80 -r [2001:db8:1111:2222:3333:4444:5555:6666]:65535 -m',
    ],
  },
  {
    name: 'IPv6 with IPv4 inside',
    rules: ['-A -t [::ffff:10.0.0.1]:80', '-A -t [64:ff9b::10.0.0.1]:80', '-A -t [2001:db8:0:0:1::]:80'],
  },
  {
    name: 'tunnels',
    rules: [
      '-A -t 10.0.0.1:80',
      '-a -t 10.0.0.1:80 -r 10.1.0.1 -i',
      '-a -t 10.0.0.1:80 -r 10.1.0.2 -i --tun-type ipip',
      '-a -t 10.0.0.1:80 -r 10.1.0.3 -i --tun-type gue --tun-port 6080',
      '-a -t 10.0.0.1:80 -r 10.1.0.4 -i --tun-type gue --tun-port 65535 --tun-csum -w 5',
      '-a -t 10.0.0.1:80 -r 10.1.0.5 -i --tun-type gue --tun-port 1 --tun-remcsum',
      '-a -t 10.0.0.1:80 -r 10.1.0.6 -i --tun-type gue --tun-port 6081 --tun-nocsum',
      '-a -t 10.0.0.1:80 -r 10.1.0.7 -i --tun-type gre',
      '-a -t 10.0.0.1:80 -r 10.1.0.8 -i --tun-type gre --tun-csum',
      '-a -t 10.0.0.1:80 -r 10.1.0.9 -i --tun-type gre --tun-nocsum',
    ],
  },
  {
    name: 'tunnels to the other family',
    rules: [
      '-A -t 10.0.0.1:80',
      '-a -t 10.0.0.1:80 -r [2001:db8::1]:80 -i',
      '-a -t 10.0.0.1:80 -r 10.1.0.1 -i',
      '-a -t 10.0.0.1:80 -r 100.1.0.1 -i',
      '-A -t [2001:db8::2]:80',
      '-a -t [2001:db8::2]:80 -r 10.1.0.1:80 -i --tun-type gre',
    ],
  },
  {
    name: 'local servers',
    rules: ['-A -t 127.0.0.1:80', '-a -t 127.0.0.1:80 -r 127.0.0.2 -m', '-a -t 127.0.0.1:80 -r 127.0.0.3'],
  },
  {
    name: 'thresholds',
    rules: [
      '-A -t 10.0.0.1:80',
      '-a -t 10.0.0.1:80 -r 10.1.0.1 -m -x 100 -y 50',
      '-a -t 10.0.0.1:80 -r 10.1.0.2 -m -x 2147483647',
      '-a -t 10.0.0.1:80 -r 10.1.0.3 -m',
      '-a -t 10.0.0.1:80 -r 10.1.0.4 -i --tun-type gre -x 65535 -y 65535 -w 0',
    ],
    needsCompat: true,
  },
  {
    name: 'far apart addresses',
    rules: [
      ...['10.0.0.1', '192.168.0.1', '127.0.0.5', '128.0.0.1', '200.1.1.1', '1.2.3.4'].map(
        (a) => `-A -t ${a}:80`,
      ),
      ...['10.9.0.1', '192.168.0.1', '128.0.0.1', '200.1.1.1', '1.2.3.4'].map(
        (a) => `-a -t 10.0.0.1:80 -r ${a} -m`,
      ),
      ...['::1', '2001::1', '7fff::1', '8000::1', 'f800::1'].map((address) => `-A -t [${address}]:80`),
    ],
    needsCompat: true,
  },
  {
    name: 'names of ports',
    rules: [
      '-A -t 10.0.0.1:http',
      '-A -u 10.0.0.1:domain',
      '-A -t 127.0.0.1:https',
      '-A -u 127.0.0.1:80',
      '-A -t [::1]:22',
    ],
  },
  {
    name: 'edits',
    rules: [
      '-A -t 10.0.0.1:80 -s rr -p 60',
      '-E -t 10.0.0.1:80 -s wlc',
      '-a -t 10.0.0.1:80 -r 10.1.0.1 -m -w 5',
      '-e -t 10.0.0.1:80 -r 10.1.0.1 -m -w 9',
      '-a -t 10.0.0.1:80 -r 10.1.0.2 -m',
      '-e -t 10.0.0.1:80 -r 10.1.0.2',
      '-A -t 10.0.0.2:80',
      '-E -t 10.0.0.2:80 -p 9 -s sh -b sh-port',
    ],
  },
  {
    name: 'deletions',
    rules: [
      '-A -t 10.0.0.1:80',
      '-A -t 10.0.0.2:80',
      '-a -t 10.0.0.2:80 -r 10.1.0.1 -m',
      '-a -t 10.0.0.2:80 -r 10.1.0.2 -m',
      '-D -t 10.0.0.1:80',
      '-d -t 10.0.0.2:80 -r 10.1.0.1',
      '-Z -t 10.0.0.2:80',
      '-Z',
    ],
  },
  { name: 'cleared', rules: ['-A -t 10.0.0.1:80', '-A -f 3', '-C', '-A -t 10.0.0.9:80'] },
  {
    name: 'every way to type it',
    rules: [
      '--add-service --tcp-service=10.0.0.1:80 --scheduler=rr',
      '-At10.0.0.1:81 -srr -p60',
      '-A -t=10.0.0.1:82 -p=61 -M=255.255.0.0',
      '--add-server --tcp-service 10.0.0.1:80 --real-server 10.1.0.1 --masquerading --weight 3',
      '-at 10.0.0.1:80 -r10.1.0.2 -mw5',
      '-a -r 10.1.0.3 -t 10.0.0.1:80 -m',
      '--add-service --udp-service 10.1:83 --ops',
      '-A -u 0x0a.0.2:84',
    ],
  },
  {
    name: 'a thousand services',
    rules: range(1000, (index) => [
      `-A -t 10.0.${index >> 8}.${index & 255}:${30000 + index} -s rr`,
      `-a -t 10.0.${index >> 8}.${index & 255}:${30000 + index} -r 10.1.0.1:${10000 + index} -m`,
    ]).flat(),
  },
  {
    name: 'a hundred servers',
    rules: [
      '-A -t 10.0.0.1:80 -s rr',
      ...range(
        100,
        (index) => `-a -t 10.0.0.1:80 -r 10.1.0.${((index * 37) % 101) + 1}:${index % 3} -m -w ${index}`,
      ),
    ],
  },
];
