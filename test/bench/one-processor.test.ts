import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { canShareProcessor, shareProcessorWith } from '../../bench/kernels/one-processor.ts';

/** Returns the processors that the main thread of a process may use, as in /proc/PID/status. */
function processorsOf(pid: number): string {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
}

test('a process and this one share one processor until the CPU affinity is restored', (t) => {
  if (!canShareProcessor()) return t.skip('taskset is not installed');
  const former = processorsOf(process.pid);
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    const restoreAffinity = shareProcessorWith(child.pid!);
    try {
      assert.match(processorsOf(process.pid), /^\d+$/);
      assert.equal(processorsOf(child.pid!), processorsOf(process.pid));
    } finally {
      restoreAffinity();
    }
    assert.equal(processorsOf(process.pid), former);
    assert.match(processorsOf(child.pid!), /^\d+$/);
  } finally {
    child.kill();
  }
});
