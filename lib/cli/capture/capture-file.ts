import { readFileSync } from 'node:fs';
import type { Capture } from '../../capture/capture.ts';
import { readCapture } from '../../capture/pcap.ts';
import { fileErrorText } from '../../text/file-error.ts';
import { CommandError, Status } from '../parse/command-error.ts';

/** How to record packets without truncation by the snapshot length. */
export const RECORDING_ADVICE = 'record with tcpdump -s 0';

/** Reads a capture. Throws a CommandError that names the file. */
export function readCaptureFile(path: string): Capture {
  try {
    return readCapture(readFileSync(path));
  } catch (error) {
    const problem = fileErrorText(error as Error).replace(`${path}: `, '');
    throw new CommandError(`${path}: ${problem}`, Status.READ_FAILED);
  }
}
