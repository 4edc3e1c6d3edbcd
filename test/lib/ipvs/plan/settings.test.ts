import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DeadlineError,
  type DesiredState,
  DesiredStateError,
  Ipvs,
  IpvsSync,
  NotSentError,
  reconcile,
  SysctlError,
  SystemCallError,
} from '../../../../lib/index.ts';
import type { Transport } from '../../../../lib/netlink/socket/transport.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';

const services = [
  { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'wlc', destinations: [] },
] as const;
const desired: DesiredState = {
  services,
  timeouts: { tcp: 600 },
  daemons: [{ role: 'backup', interface: 'eth0', syncId: 7 }],
  sysctls: { conntrack: 1, sync_threshold: [3, 100], est_cpulist: '0-0', pmtu_disc: 1 },
};

function openClient(kernel = new FakeKernel()): { readonly kernel: FakeKernel; readonly ipvs: IpvsSync } {
  return { kernel, ipvs: IpvsSync.open({ transport: kernel.connect() }) };
}

describe('the global settings (timeouts, sync daemons, sysctls)', () => {
  it('are planned, applied and compared like services', () => {
    const { ipvs } = openClient();
    const plan = ipvs.plan(desired);
    assert.deepEqual(
      plan.operations.map((operation) => operation.do),
      ['set-sysctl', 'set-sysctl', 'set-timeouts', 'add-service', 'start-daemon'],
    );
    assert.deepEqual(plan.settings, [
      {
        change: 'change',
        setting: 'sysctls',
        fields: [
          { field: 'conntrack', current: '0', desired: '1' },
          { field: 'sync_threshold', current: '3,50', desired: '3,100' },
        ],
      },
      {
        change: 'change',
        setting: 'timeouts',
        fields: [{ field: 'tcp', current: '900', desired: '600' }],
      },
      {
        change: 'add',
        setting: 'backup daemon',
        fields: [
          { field: 'interface', current: '', desired: 'eth0' },
          { field: 'syncId', current: '', desired: '7' },
        ],
      },
    ]);
    const { sent, failures, remaining } = ipvs.apply(plan);
    assert.deepEqual([sent, failures, remaining.operations], [5, [], []]);
    assert.equal(ipvs.timeouts().tcp, 600);
    assert.deepEqual(ipvs.sysctls().sync_threshold, [3, 100]);
    assert.equal(ipvs.daemons()[0]!.syncId, 7);
    assert.deepEqual(ipvs.plan(desired).operations, []);
    // Absent settings stay unchanged, and a daemon is stopped only if everything undesired is removed.
    assert.deepEqual(ipvs.plan({ services }).operations, []);
    assert.deepEqual(ipvs.plan(services).settings, []);
    assert.deepEqual(ipvs.plan({ services, daemons: [] }, { remove: 'destinations' }).operations, []);
    assert.equal(ipvs.plan({ services, daemons: [] }).operations[0]!.do, 'stop-daemon');
  });

  it('are all checked before anything is requested', () => {
    const { ipvs } = openClient();
    const bad = {
      services,
      timeouts: { tcp: -1 },
      daemons: [{ role: 'backup', interface: 'eth0', syncId: 256 }],
      sysctls: {
        contrack: 1,
        sync_ports: 3,
        drop_entry: 4,
        sync_threshold: [50, 3],
        est_cpulist: '3-1',
        est_nice: '1',
      },
    };
    assert.throws(
      () => ipvs.plan(bad as never),
      (error) => {
        assert.ok(error instanceof DesiredStateError);
        assert.deepEqual(
          error.errors.map(({ path, problem }) => `${path.join('.')} ${problem}`),
          [
            'timeouts.tcp must be a whole number from 0 to 2147483647, but is -1',
            'daemons.0.syncId must be a whole number from 0 to 255, but is 256',
            'sysctls.contrack is not a sysctl of IPVS; did you mean conntrack?',
            'sysctls.sync_ports must be one of 1, 2, 4, 8, 16, 32, 64, but is 3',
            'sysctls.drop_entry must be a whole number from 0 to 3, but is 4',
            'sysctls.sync_threshold must be two numbers, the first less than the second, but is an array',
            'sysctls.est_cpulist must be a list of processors, such as 0-3,8, but is "3-1"',
            'sysctls.est_nice must be a whole number from -20 to 19, but is "1"',
          ],
        );
        return true;
      },
    );
    assert.equal(ipvs.stats.requests, 0);
    const batch = [
      { do: 'flush' },
      { do: 'set-sysctl', name: 'conntrack', value: 2 },
      { do: 'delete-service', service: { mark: -1 } },
    ] as const;
    assert.throws(
      () => ipvs.batch(batch),
      /nothing was sent: operation 1: sysctls.conntrack .*; operation 2: .*mark/,
    );
  });

  it('that this kernel does not have, or that cannot be written, are an error before anything is changed', () => {
    const { kernel, ipvs } = openClient(new FakeKernel({ version: '6.1' }));
    const isSysctlError = (reason: SysctlError['reason'], sysctl: string) => (error: unknown) =>
      error instanceof SysctlError && error.reason === reason && error.sysctl === sysctl;
    assert.throws(
      () => ipvs.plan({ services, sysctls: { conntrack: 1, est_nice: 1 } }),
      isSysctlError('missing', 'est_nice'),
    );
    assert.throws(() => ipvs.plan({ services, sysctls: { lblc_expiration: 1 } }), /modprobe ip_vs_lblc$/);
    kernel.sysctls.readOnly.add('sync_ports');
    const plan = ipvs.plan({ services, sysctls: { conntrack: 1, sync_ports: 2 } });
    assert.throws(() => ipvs.apply(plan), isSysctlError('read-only', 'sync_ports'));
    assert.deepEqual([ipvs.services(), ipvs.sysctls().conntrack], [[], 0]);
    // One that has the desired value already is not written.
    const same = ipvs.apply(ipvs.plan({ services, sysctls: { sync_ports: 1 } }));
    assert.deepEqual(same.remaining.operations, []);

    const other = IpvsSync.open({ transport: withoutSysctls(kernel.connect()) });
    assert.throws(
      () => other.plan({ services, sysctls: { conntrack: 1 } }),
      isSysctlError('unreachable', 'conntrack'),
    );
    assert.throws(() => other.sysctls(), SysctlError);
    const [outcome] = other.batch([{ do: 'set-sysctl', name: 'conntrack', value: 1 }]);
    assert.ok(outcome?.ok === false && outcome.error instanceof SysctlError);
  });

  it('are not written once a signal is aborted, whatever its reason is', () => {
    const { ipvs } = openClient();
    const [outcome] = ipvs.batch([{ do: 'set-sysctl', name: 'conntrack', value: 1 }], {
      signal: AbortSignal.abort('enough'),
    });
    assert.ok(outcome?.ok === false && outcome.error instanceof NotSentError);
    assert.equal(outcome.error.message, 'write of sysctl conntrack was not sent: aborted');
    assert.equal((outcome.error.cause as Error).cause, 'enough');
  });

  it('are not written after the deadline of their batch', async () => {
    const { kernel, ipvs } = openClient();
    await using other = await Ipvs.open({ transport: kernel.connect() });
    const batch = [
      { do: 'set-sysctl', name: 'conntrack', value: 1 },
      { do: 'add-service', service: { mark: 1, scheduler: 'rr' } },
    ] as const;
    for (const outcomes of [ipvs.batch(batch, { deadline: 0 }), await other.batch(batch, { deadline: 0 })]) {
      const errors = outcomes.map((outcome) => (outcome.ok ? undefined : outcome.error));
      assert.equal(
        errors[0]?.message,
        'write of sysctl conntrack was not sent: write of sysctl conntrack: no reply within 0 ms',
      );
      assert.ok(
        errors.every((error) => error instanceof NotSentError && error.cause instanceof DeadlineError),
      );
    }
    assert.deepEqual([ipvs.sysctls().conntrack, ipvs.services()], [0, []]);
  });

  it('that the kernel refuses are left in the remaining plan, and the rest is applied', () => {
    const { kernel, ipvs } = openClient();
    const plan = ipvs.plan(desired);
    kernel.sysctls.write = (name, text) => {
      if (name === 'conntrack') throw new SystemCallError('write', 22, name);
      Object.getPrototypeOf(kernel.sysctls).write.call(kernel.sysctls, name, text);
    };
    const { failures, remaining } = ipvs.apply(plan);
    assert.deepEqual(
      failures.map(({ operation, error }) => [operation.do, error instanceof SystemCallError]),
      [['set-sysctl', true]],
    );
    assert.deepEqual(remaining.operations, [{ do: 'set-sysctl', name: 'conntrack', value: 1 }]);
    assert.equal(ipvs.daemons().length, 1);
  });

  it('are maintained by a reconciler', async () => {
    const kernel = new FakeKernel();
    await using ipvs = await Ipvs.open({ transport: kernel.connect() });
    await using reconciler = reconcile(ipvs, [desired], {
      period: Number.POSITIVE_INFINITY,
      minimumPause: 0,
    });
    await new Promise((resolve) => reconciler.once('synced', resolve));
    assert.equal((await ipvs.sysctls()).conntrack, 1);
    kernel.sysctls.write('conntrack', '0');
    const applied = new Promise((resolve) => reconciler.once('applied', resolve));
    reconciler.trigger();
    await applied;
    assert.equal((await ipvs.sysctls()).conntrack, 1);
  });
});

function withoutSysctls(transport: Transport): Transport {
  return {
    portId: transport.portId,
    repliesWithinSend: transport.repliesWithinSend,
    send: (datagram) => transport.send(datagram),
    receive: (into) => transport.receive(into),
    receiveAsync: (into) => transport.receiveAsync(into),
    close: () => transport.close(),
  };
}
