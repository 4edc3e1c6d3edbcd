import { readFileSync } from 'node:fs';

let boot: string | undefined;

/** Milliseconds since the machine started: one clock for all processes, which nobody sets. */
export function sinceBoot(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Tells one start of the machine from another; empty where the kernel does not say. */
export function bootId(): string {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    boot = '';
  }
  return boot;
}
