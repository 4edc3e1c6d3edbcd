import { readFileSync } from 'node:fs';
import { type Capture, readCapture } from '../../capture/pcap.ts';
import { CaptureTransport } from '../../capture/transport.ts';
import type { Transport } from '../../netlink/socket/transport.ts';
import { fileErrorText } from '../kernel/error-text.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';

/** Reads a capture. Throws a CommandLineError that names the file. */
export function readCaptureFile(path: string): Capture {
  try {
    return readCapture(readFileSync(path));
  } catch (error) {
    const problem = fileErrorText(error as Error).replace(`${path}: `, '');
    throw new CommandLineError(`${path}: ${problem}`, Status.LISTING_FAILED);
  }
}

/** A capture in place of the kernel. Throws a CommandLineError that names the file. */
export function captureTransport(path: string): Transport {
  return new CaptureTransport(readCaptureFile(path));
}
