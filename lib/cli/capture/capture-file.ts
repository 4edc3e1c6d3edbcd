import { readFileSync } from 'node:fs';
import type { Capture } from '../../capture/capture.ts';
import { readCapture } from '../../capture/pcap.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';

/** How to record packets that the snapshot length does not cut off. */
export const RECORD_WHOLE = 'record with tcpdump -s 0';

/** Reads a capture. Throws a CommandLineError that names the file. */
export function readCaptureFile(path: string): Capture {
  try {
    return readCapture(readFileSync(path));
  } catch (error) {
    throw new CommandLineError(`${path}: ${(error as Error).message}`, Status.LISTING_FAILED);
  }
}
