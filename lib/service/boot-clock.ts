import { readFileSync } from 'node:fs';

let boot: string | undefined;

/** Returns the milliseconds since boot: a monotonic clock that all processes share. */
export function sinceBoot(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Returns the random ID of this boot of the machine, or an empty string if it cannot be read. */
export function bootId(): string {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    boot = '';
  }
  return boot;
}
