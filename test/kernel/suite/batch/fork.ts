import { DataType, load, open } from 'ffi-rs';

const { I32, I64, U8Array } = DataType;
const LIBRARY = 'c';
const MADV_DOFORK = 11;
/** All addresses at which this process can have mapped memory. */
const FIRST_ADDRESS = 0x10000;
const ADDRESSES = 0x7ffffffe0000;

open({ library: LIBRARY, path: '' });

const status: Buffer = Buffer.allocUnsafeSlow(4);

function call(funcName: string, paramsType: DataType[], paramsValue: (number | Buffer)[]): number {
  return load({ library: LIBRARY, funcName, retType: I32, paramsType, paramsValue });
}

/**
 * Forks this process, in a few milliseconds where starting Node again takes seconds; returns 0 in the child,
 * and its process id in the parent. Only for a Node that runs with `--single-threaded --v8-pool-size=0`: a
 * child has no other threads. It must not return to the event loop, which it would share with the parent, and
 * runs until it is killed.
 */
export function fork(): number {
  // V8 excludes its heap from forks; this includes it. It fails after that: with ENOMEM, as there are holes between the
  // mappings, or with EINVAL at those of the kernel near the stack, which is above the heap.
  call('madvise', [I64, I64, I32], [FIRST_ADDRESS, ADDRESSES, MADV_DOFORK]);
  const pid = call('fork', [], []);
  if (pid < 0) throw new Error('fork failed');
  return pid;
}

/** Waits for the end of a child and returns the signal that ended it; 0 when it ended by itself. */
export function signalThatEnded(pid: number): number {
  if (call('waitpid', [I32, U8Array, I32], [pid, status, 0]) !== pid) throw new Error('waitpid failed');
  return status.readInt32LE() & 0x7f;
}
