import { textOfFile } from '../text/text-file.ts';

let cachedBootId: string | undefined;

/** Returns the time of CLOCK_MONOTONIC, in milliseconds: it starts at boot and is the same in all processes. */
export function monotonicMilliseconds(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Returns the random ID of this boot of the machine, or an empty string if it cannot be read. */
export function bootId(): string {
  cachedBootId ??= textOfFile('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return cachedBootId;
}
