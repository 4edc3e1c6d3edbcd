import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpvsSync, KernelError, type ServiceDefinition } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';

test('a refusal names the modules that the request asks for, alone and in a batch', () => {
  const kernel = new FakeKernel({ schedulers: ['rr'], persistenceEngines: [] });
  const client = IpvsSync.open({ transport: kernel.connect() });
  for (const [settings, hint] of [
    [{ scheduler: 'wrr' }, 'load it with: modprobe ip_vs_wrr'],
    [{ scheduler: 'wcl' }, 'did you mean wlc?'],
    [{ scheduler: 'two' }, 'did you mean twos?'],
    [{ scheduler: 'nonesuch' }, 'load it with: modprobe ip_vs_nonesuch'],
    [
      { scheduler: 'rr', persistence: { timeout: 1 }, persistenceEngine: 'sip' },
      'load it with: modprobe ip_vs_rr, modprobe ip_vs_pe_sip',
    ],
    [
      { scheduler: 'none', persistence: { timeout: 1 }, persistenceEngine: 'sip' },
      'load it with: modprobe ip_vs_pe_sip',
    ],
  ] as const) {
    const service: ServiceDefinition = { protocol: 'udp', address: '10.0.0.1', port: 53, ...settings };
    const [outcome] = client.batch([{ do: 'add-service', service }]);
    assert.ok(outcome?.ok === false);
    for (const attempt of [
      () => client.addService(service),
      () => {
        throw outcome.error;
      },
    ]) {
      assert.throws(attempt, (error: KernelError) => {
        assert.ok(error instanceof KernelError);
        assert.equal(error.hint, hint);
        assert.ok(error.message.endsWith(`for service udp 10.0.0.1:53 (NEW_SERVICE: ENOENT); ${hint}`));
        return true;
      });
    }
  }
});
