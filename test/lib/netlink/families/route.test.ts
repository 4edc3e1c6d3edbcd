import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Connection } from '../../../../lib/netlink/connection/connection.ts';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { listAddresses, listLinks, listRoutes } from '../../../../lib/netlink/families/route.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';

interface IpObject {
  readonly [name: string]: unknown;
}

function ip(...args: string[]): IpObject[] | undefined {
  const { status, stdout } = spawnSync('ip', ['-json', '-details', '-N', ...args], { encoding: 'utf8' });
  return status === 0 ? (JSON.parse(stdout === '' ? '[]' : stdout) as IpObject[]) : undefined;
}

const hasIp = ip('link') !== undefined;
const skip = hasIp ? false : 'there is no ip (iproute2) to compare with';

describe('NETLINK_ROUTE against ip -json', { skip }, () => {
  it('lists the same links', async () => {
    await using connection = await Connection.open({ protocol: NetlinkProtocol.ROUTE });
    const links = await connection.run(listLinks());
    assert.deepEqual(
      links.map((link) => [link.index, link.name, link.mtu, link.address, link.kind]),
      (ip('link') as IpObject[]).map((link) => [
        link.ifindex,
        link.ifname,
        link.mtu,
        link.address,
        (link.linkinfo as IpObject | undefined)?.info_kind,
      ]),
    );
  });

  it('lists the same addresses', () => {
    using connection = ConnectionSync.open({ protocol: NetlinkProtocol.ROUTE });
    const ours = connection
      .run(listAddresses())
      .map((address) => `${address.index} ${address.address}/${address.prefixLength} ${address.label ?? ''}`);
    const theirs = (ip('address') as IpObject[]).flatMap((link) =>
      (link.addr_info as IpObject[]).map(
        (address) => `${link.ifindex} ${address.local}/${address.prefixlen} ${address.label ?? ''}`,
      ),
    );
    assert.ok(theirs.length > 0);
    assert.deepEqual(ours.sort(), theirs.sort());
  });

  it('lists the same routes', async () => {
    await using connection = await Connection.open({ protocol: NetlinkProtocol.ROUTE });
    const names = new Map((await connection.run(listLinks())).map((link) => [link.index, link.name]));
    for (const [family, option] of [
      [2, '-4'],
      [10, '-6'],
    ] as const) {
      const length = family === 2 ? 32 : 128;
      const ours = (await connection.run(listRoutes(family))).map((route) => {
        const address = route.destination ?? 'default';
        const destination =
          route.destination === undefined || route.prefixLength === length
            ? address
            : `${address}/${route.prefixLength}`;
        return `${destination} via ${route.gateway} dev ${names.get(route.outputInterface ?? 0)} table ${route.table} metric ${route.priority}`;
      });
      const theirs = (ip(option, 'route', 'show', 'table', 'all') as IpObject[]).map(
        (route) =>
          `${route.dst} via ${route.gateway} dev ${route.dev} table ${tableOf(route.table)} metric ${route.metric ?? 0}`,
      );
      assert.deepEqual(ours.sort(), theirs.sort());
    }
  });

  it('lists next hops, gateways of another address family and next hop objects alike', (context) => {
    const isolated = ['--user', '--map-root-user', '--net'];
    const probe = spawnSync('unshare', [...isolated, 'ip', 'link', 'add', 'v0', 'type', 'veth']);
    if (probe.status !== 0) {
      context.skip('this machine does not let this user make network namespaces with veth interfaces');
      return;
    }
    const script = fileURLToPath(new URL('./routes-in-namespace.js', import.meta.url));
    const output = execFileSync('unshare', [...isolated, process.execPath, script]).toString();
    const { shownByUs, shownByIp } = JSON.parse(output) as Record<string, unknown[]>;
    assert.ok(shownByUs!.length >= 9);
    assert.deepEqual(shownByUs, shownByIp);
  });
});

function tableOf(name: unknown): number {
  if (name === undefined || name === 'main') return 254;
  return name === 'local' ? 255 : Number(name);
}
