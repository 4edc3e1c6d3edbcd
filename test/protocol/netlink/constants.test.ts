import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NetlinkProtocol } from '../../../protocol/index.ts';

const HEADER = '/usr/include/linux/netlink.h';

test('NetlinkProtocol has every protocol of linux/netlink.h with its number', (context) => {
  if (!existsSync(HEADER)) {
    context.skip('this machine has no kernel headers (linux-libc-dev)');
    return;
  }
  const protocols = readFileSync(HEADER, 'utf8')
    .split('#ifndef')[1]!
    .split('struct sockaddr_nl')[0]!
    .matchAll(/^#define NETLINK_(\w+)\s+(\d+)\s/gm);
  const expected = [...protocols]
    .filter(([, name]) => name !== 'UNUSED')
    .map(([, name, number]) => [name, Number(number)]);
  assert.ok(expected.length >= 21);
  for (const [name, number] of expected) assert.equal(NetlinkProtocol[name as 'ROUTE'], number, `${name}`);
});
