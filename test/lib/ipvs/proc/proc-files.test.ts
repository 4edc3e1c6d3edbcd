import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DecodeError,
  FieldError,
  readStatistics,
  readStatus,
  readSysctls,
  SystemCallError,
} from '../../../../lib/index.ts';
import { readProcFile } from '../../../../lib/ipvs/proc/proc-file.ts';
import { parseStatistics } from '../../../../lib/ipvs/proc/statistics.ts';
import { parseStatus } from '../../../../lib/ipvs/proc/status.ts';
import { sysctlValue } from '../../../../protocol/ipvs/fields/sysctls.ts';

const STATISTICS = `   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
  1A2B3C 100000000        0 FFFFFFFFFFFFFFFF             1000

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       A       1F        0              3E8               20
`;

const STATUS = `Conns:\t70000
Conn buckets:\t131072 (17 bits, lfactor -1)
Conn buckets empty:\t76500 (58%)
Conn buckets len-1:\t41000 (75%)
Conn buckets len-2:\t11000 (20%)
Conn buckets len-7:\t12 (0%)
Services:\t0
Service buckets:\t0 (0 bits, lfactor 0)
Stats thread slots:\t1 (max 4)
Stats chain max len:\t512
Stats thread ests:\t12800
`;

describe('the files of IPVS in /proc', () => {
  it('are read as statistics of 64 bits', () => {
    assert.deepEqual(parseStatistics(STATISTICS), {
      connections: 0x1a2b3cn,
      incomingPackets: 2n ** 32n,
      outgoingPackets: 0n,
      incomingBytes: 2n ** 64n - 1n,
      outgoingBytes: 4096n,
      connectionRate: 10n,
      incomingPacketRate: 31n,
      outgoingPacketRate: 0n,
      incomingByteRate: 1000n,
      outgoingByteRate: 32n,
    });
    assert.throws(() => parseStatistics('   Total Incoming\n'), DecodeError);
  });

  it('are read as the state of hash tables', () => {
    assert.deepEqual(parseStatus(STATUS), {
      connections: {
        count: 70000,
        buckets: 131072,
        loadFactor: -1,
        bucketsByLength: [76500, 41000, 11000, 0, 0, 0, 0, 12],
      },
      services: { count: 0, buckets: 0, loadFactor: 0, bucketsByLength: undefined },
      estimation: { threads: 1, maximumThreads: 4, chainLength: 512, estimatorsPerThread: 12800 },
    });
  });

  it('are read as sysctls', () => {
    assert.equal(sysctlValue('conn_lfactor', '-4\n'), -4);
    assert.deepEqual(sysctlValue('sync_threshold', '3\t50\n'), [3, 50]);
    assert.equal(sysctlValue('est_cpulist', '0\n'), '0');
    assert.equal(sysctlValue('est_cpulist', '\n'), '');
    assert.equal(sysctlValue('new_one', 'some words\n'), 'some words');
  });

  it('that cannot be opened or read are an error of that system call', () => {
    for (const [path, message] of [
      ['/proc/none', /^open \/proc\/none failed: ENOENT/],
      ['/proc/self', /^read \/proc\/self failed: EISDIR/],
    ] as const)
      assert.throws(
        () => readProcFile(path, {}),
        (error) => error instanceof SystemCallError && message.test(error.message),
      );
  });

  it('of a namespace that is not there are an error that says so', () => {
    const netns = '/run/netns/no-such-namespace';
    for (const read of [readStatistics, readStatus, readSysctls]) {
      const namesNamespace = (error: unknown): boolean =>
        error instanceof SystemCallError && error.message.includes(netns);
      assert.throws(() => read({ netns }), namesNamespace);
      assert.throws(() => read({ netns: 1 as never }), FieldError);
      assert.throws(() => read({ namespace: netns } as never), FieldError);
    }
  });
});
