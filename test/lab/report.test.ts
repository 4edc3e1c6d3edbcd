import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kernelFaults } from '../kernel/lab/guest/kernel-log.ts';
import { formatTotals, parseTotals, sumTotals } from '../kernel/lab/totals.ts';

const report = `▶ a suite
  ✔ a test (1ms)
ℹ tests 3
ℹ suites 1
ℹ pass 2
ℹ fail 1
ℹ cancelled 0
ℹ skipped 0
ℹ todo 0
ℹ duration_ms 12.5
✖ failing tests:
`;

describe("a guest's report", () => {
  it('has totals that add up, in the form of the reporter', () => {
    const totals = parseTotals(report);
    assert.ok(totals);
    assert.equal(totals.fail, 1);
    const sum = sumTotals([totals, totals]);
    assert.deepEqual(parseTotals(formatTotals(sum)), sum);
    assert.equal(sum.tests, 6);
  });

  it('has no totals when it ended early', () => {
    assert.equal(parseTotals(report.slice(0, report.indexOf('ℹ todo'))), undefined);
  });

  it('counts as a fault what the kernel reports as one, and nothing else', () => {
    const log = [
      '[    4.3] ip_vs: loading out-of-tree module taints kernel.',
      '[    4.3] ip_vs: module verification failed: signature and/or required key missing - tainting kernel',
      '[    4.4] tsc: Marking TSC unstable due to TSCs unsynchronized',
      '[    9.1] WARNING: CPU: 1 PID: 77 at net/netfilter/ipvs/ip_vs_ctl.c:1 x+0x1/0x2 [ip_vs]',
      '[    9.2] BUG: kernel NULL pointer dereference, address: 0000000000000008',
      '[    9.3] Oops: 0000 [#1] PREEMPT SMP NOPTI',
      '[    9.4] ip_vs_wlc: disagrees about version of symbol register_ip_vs_scheduler',
    ];
    assert.deepEqual(kernelFaults(log.join('\n')), log.slice(3));
  });
});
