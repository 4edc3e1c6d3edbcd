import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { DestinationDefinition, ServiceDefinition } from '../../../../lib/index.ts';
import { IpvsSync } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../run-ipvs.ts';

const ports = fc.integer({ min: 1, max: 65535 });

const services: fc.Arbitrary<ServiceDefinition> = fc
  .record({
    key: fc.oneof(
      fc.record({
        protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
        address: fc.oneof(fc.ipV4(), fc.ipV6()),
        port: ports,
      }),
      fc.record({
        mark: fc.integer({ min: 1, max: 0xffffffff }),
        family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
      }),
    ),
    scheduler: fc.constantFrom('rr', 'wlc', 'sh', 'mh'),
    timeout: fc.option(fc.integer({ min: 0, max: 4294967 }), { nil: undefined }),
    netmask: fc.ipV4(),
    prefixLength: fc.integer({ min: 1, max: 128 }),
    onePacket: fc.boolean(),
    schedulerFlags: fc.subarray(['flag-1', 'flag-2', 'flag-3'] as const),
  })
  .map(({ key, timeout, netmask, prefixLength, ...rest }) => {
    const ipv6 = 'mark' in key ? key.family === 'ipv6' : key.address.includes(':');
    const persistence =
      timeout === undefined ? undefined : { timeout, ...(ipv6 ? { prefixLength } : { netmask }) };
    return { ...key, ...rest, persistence } as ServiceDefinition;
  });

const destinations: fc.Arbitrary<DestinationDefinition> = fc
  .record({
    host: fc.integer({ min: 1, max: 254 }),
    port: ports,
    forwarding: fc.constantFrom('masq' as const, 'tunnel' as const, 'direct-route' as const),
    weight: fc.integer({ min: 0, max: 0x7fffffff }),
    thresholds: fc.tuple(fc.nat(0xffff), fc.nat(0xffff)).map((pair) => pair.sort((a, b) => a - b)),
    tunnel: fc.oneof(
      fc.record({
        type: fc.constant('gue' as const),
        port: ports,
        checksum: fc.constantFrom('csum' as const, 'remcsum' as const),
      }),
      fc.record({
        type: fc.constant('gre' as const),
        port: fc.constant(0),
        checksum: fc.constantFrom('csum' as const, 'nocsum' as const),
      }),
      fc.record({
        type: fc.constant('ipip' as const),
        port: fc.constant(0),
        checksum: fc.constant('nocsum' as const),
      }),
    ),
  })
  .map(({ host, thresholds: [lowerThreshold, upperThreshold], tunnel, forwarding, ...rest }) => ({
    ...rest,
    address: `10.1.0.${host}`,
    forwarding,
    lowerThreshold: lowerThreshold!,
    upperThreshold: upperThreshold!,
    ...(forwarding === 'tunnel' ? { tunnel } : {}),
  }));

describe('-S and -R', () => {
  it('restore any table as it was', async () => {
    const tables = fc.array(fc.tuple(services, fc.array(destinations, { maxLength: 4 })), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(tables, fc.boolean(), async (table, withNames) => {
        const kernel = new FakeKernel();
        const client = IpvsSync.open({ transport: kernel.connect() });
        for (const [service, servers] of table) {
          const [outcome] = client.batch([{ do: 'add-service', service }]);
          if (!outcome?.ok) continue;
          for (const destination of servers) {
            const keepsPort = service.mark !== undefined || destination.forwarding === 'masq';
            const port = keepsPort ? destination.port : (service.port ?? 0);
            const mixedFamilies = service.family === 'ipv6' || service.address?.includes(':');
            if (mixedFamilies && destination.forwarding !== 'tunnel') continue;
            client.batch([{ do: 'add-destination', service, destination: { ...destination, port } }]);
          }
        }
        client.setTimeouts({ tcp: 5, tcpFin: 6, udp: 7 });
        const savedTable = async (of: FakeKernel) => (await runIpvs(of, '-Sn --lossless')).output;
        const saved = await runIpvs(kernel, `${withNames ? '-S' : '-Sn'} --lossless`);
        const other = new FakeKernel({ hashSalt: 77 });
        const run = await runIpvs(other, '-R', { input: saved.output });
        assert.equal(run.status === 0, saved.errors === '', '-S warns of what -R will reject');
        if (run.status === 0) assert.equal(await savedTable(other), await savedTable(kernel));
        const json = await runIpvs(kernel, '-S --json --lossless');
        const third = new FakeKernel({ hashSalt: 78 });
        const again = await runIpvs(third, '-R', { input: json.output });
        assert.deepEqual([json.errors, again.status, again.errors], ['', 0, '']);
        assert.equal(await savedTable(third), await savedTable(kernel));
      }),
      { numRuns: 60 },
    );
  });

  it('write and read JSON that apply takes as well', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'restore-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const kernel = new FakeKernel();
    const input =
      '-A -t 10.0.0.1:80 -p\n-a -t 10.0.0.1:80 -r 10.1.0.1 -m\n--set 1 2 3\n--start-daemon master';
    assert.equal((await runIpvs(kernel, '-R', { input })).status, 0);
    const path = join(folder, 'table');
    writeFileSync(path, (await runIpvs(kernel, '-S --json --lossless')).output);
    const other = new FakeKernel();
    assert.equal((await runIpvs(other, `diff ${path}`)).status, 1);
    assert.equal((await runIpvs(other, `apply ${path}`)).status, 0);
    for (const line of ['-Sn --lossless', '-S --json --lossless'])
      assert.equal((await runIpvs(other, line)).output, (await runIpvs(kernel, line)).output);
    assert.equal((await runIpvs(kernel, `diff ${path}`)).status, 0);
  });
});
