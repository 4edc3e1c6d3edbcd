import { execFileSync } from 'node:child_process';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { listLinks, listRoutes } from '../../../../lib/netlink/families/route.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { RouteFamily } from '../../../../protocol/route/index.ts';

// Runs as root of a network namespace of its own: adds routes of every kind, and prints them as this library
// and as ip show them.
const commands = `
link set lo up
link add v0 type veth peer name v1
link set v0 up
link set v1 up
address add 10.0.0.1/24 dev v0
address add 10.9.0.1/24 dev v1
route add 10.1.0.0/16 nexthop via 10.0.0.2 weight 1 nexthop via 10.9.0.3 weight 3
route add 10.2.0.0/16 via inet6 fe80::2 dev v0
route add 10.3.0.0/16 nexthop via inet6 fe80::2 dev v0 weight 7 nexthop via 10.9.0.3
nexthop add id 7 via 10.0.0.9 dev v0
route add 10.4.0.0/16 nhid 7
-6 route add 2001:db8::/64 nexthop via fe80::5 dev v0 nexthop via fe80::6 dev v1 weight 4
route add 10.5.0.0/16 via 10.0.0.2 mtu 1400 metric 9
`;
for (const command of commands.trim().split('\n')) execFileSync('ip', command.split(' '));

interface IpHop {
  readonly gateway?: string;
  readonly via?: { readonly family: string; readonly host: string };
  readonly dev?: string;
  readonly weight?: number;
}

interface IpRoute extends IpHop {
  readonly dst: string;
  readonly nhid?: number;
  readonly nexthops?: readonly IpHop[];
  readonly metrics?: readonly { readonly mtu?: number }[];
}

const output = execFileSync('ip', ['-json', '-details', 'route']).toString();
const output6 = execFileSync('ip', ['-json', '-details', '-6', 'route']).toString();
const shownByIp = [...(JSON.parse(output) as IpRoute[]), ...(JSON.parse(output6) as IpRoute[])].map(
  ({ dst, nhid, nexthops = [], metrics, ...hop }) => ({
    destination: dst,
    nextHopId: nhid,
    hop: [hop.via?.host ?? hop.gateway, hop.dev],
    nextHops: nexthops.map(({ via, gateway, dev, weight }) => [via?.host ?? gateway, dev, weight]),
    mtu: metrics?.[0]?.mtu,
  }),
);

using connection = ConnectionSync.open({ protocol: NetlinkProtocol.ROUTE });
const names = new Map(connection.run(listLinks()).map(({ index, name }) => [index, name]));
const MAIN_TABLE = 254;
const shownByUs = [RouteFamily.IPV4, RouteFamily.IPV6].flatMap((family) =>
  connection
    .run(listRoutes(family))
    .filter(({ table }) => table === MAIN_TABLE)
    .map(({ destination, prefixLength, nextHopId, gateway, outputInterface, nextHops, attributes }) => ({
      destination: `${destination}/${prefixLength}`,
      nextHopId,
      hop: [gateway, names.get(outputInterface ?? 0)],
      nextHops: nextHops.map((hop) => [hop.gateway, names.get(hop.outputInterface ?? 0), hop.weight]),
      mtu: attributes.metrics?.mtu,
    })),
);
console.log(JSON.stringify({ shownByUs, shownByIp }));
