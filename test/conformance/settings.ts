import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Daemon } from '../../lib/index.ts';
import type { SubjectWithClient } from './subject.ts';

/** Tests of timeouts, sync daemons and the information about IPVS. */
export function settingTests(subject: SubjectWithClient): void {
  it('reads the version and the size of the connection table', async () => {
    const info = await subject.client.info();
    assert.equal(info.version, '1.2.1');
    assert.ok(info.connectionTableSize >= 256 && Number.isInteger(Math.log2(info.connectionTableSize)));
    if (!subject.singleDump) assert.equal(info.generation, undefined);
  });

  it('sets each timeout on its own, and leaves those unchanged that are 0 or absent', async () => {
    await subject.client.setTimeouts({ tcp: 901, tcpFin: 121, udp: 301 });
    assert.deepEqual(await subject.client.timeouts(), { tcp: 901, tcpFin: 121, udp: 301 });
    await subject.client.setTimeouts({ tcp: 0, tcpFin: 60, udp: 0 });
    assert.deepEqual(await subject.client.timeouts(), { tcp: 901, tcpFin: 60, udp: 301 });
    await subject.client.setTimeouts({ udp: 1 });
    assert.deepEqual(await subject.client.timeouts(), { tcp: 901, tcpFin: 60, udp: 1 });
    await subject.client.setTimeouts({});
    assert.deepEqual(await subject.client.timeouts(), { tcp: 901, tcpFin: 60, udp: 1 });
    await subject.client.setTimeouts({ tcp: 8589934, tcpFin: 1, udp: 1 });
    assert.equal((await subject.client.timeouts()).tcp, 8589934);
  });

  it('fills in the defaults of sync daemons', async () => {
    await subject.client.startDaemon({ role: 'master', interface: subject.interface, syncId: 0 });
    assert.deepEqual(await subject.client.daemons(), [
      {
        role: 'master',
        interface: subject.interface,
        syncId: 0,
        syncMaxLength: 1472,
        multicastGroup: '224.0.0.81',
        multicastPort: 8848,
        multicastTtl: 1,
      },
    ]);
  });

  it('runs a master and a backup, with all of their settings', async () => {
    const master: Daemon = {
      role: 'master',
      interface: subject.interface,
      syncId: 255,
      syncMaxLength: 1000,
      multicastGroup: '239.1.2.3',
      multicastPort: 65535,
      multicastTtl: 255,
    };
    const backup: Daemon = {
      role: 'backup',
      interface: subject.interface,
      syncId: 7,
      syncMaxLength: 4096,
      multicastGroup: 'ff02::51',
      multicastPort: 1,
      multicastTtl: 2,
    };
    await subject.client.startDaemon(backup);
    assert.deepEqual(await subject.client.daemons(), [backup]);
    await subject.client.startDaemon(master);
    assert.deepEqual(await subject.client.daemons(), [master, backup]);
    await subject.client.stopDaemon({ role: 'backup', syncId: 7 });
    assert.deepEqual(await subject.client.daemons(), [master]);
    await subject.client.stopDaemon(master);
    assert.deepEqual(await subject.client.daemons(), []);
  });
}
