import { DecodeError, FieldError, NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { type Capture, isTruncated } from '../../capture/capture.ts';
import { CaptureTransport, NOT_CAPTURED_ERRNO } from '../../capture/transport.ts';
import { IpvsSync } from '../../ipvs/client/client-sync.ts';
import type { Dump, DumpOptions, RecordDump, RecordDumpOptions } from '../../ipvs/dump.ts';
import {
  DumpInterruptedError,
  FamilyNotFoundError,
  KernelError,
  MalformedReplyError,
  ReplyLostError,
  TruncatedError,
  UnsupportedError,
} from '../../netlink/errors.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { Client } from '../system.ts';
import { RECORDING_ADVICE, readCaptureFile } from './capture-file.ts';

/** Errors that mean that a captured reply is malformed, incomplete, or from an interrupted dump. */
const REPLY_ERRORS = [
  DecodeError,
  MalformedReplyError,
  TruncatedError,
  ReplyLostError,
  DumpInterruptedError,
] as const;

/**
 * Opens a client that reads a capture instead of the kernel. A listing has the objects that are complete in
 * the capture; `capture.assertComplete` then throws an error that says what is missing. Throws a
 * CommandError that names the file.
 */
export function openCapture(path: string): Client {
  const capture = readCaptureFile(path);
  const transport = new CaptureTransport(capture);
  const client = IpvsSync.open({ transport });
  let leftOut = 0;
  let malformed: MalformedReplyError | undefined;
  /** The option `leaveOut`: leaves out services whose destinations are incomplete in the capture, and counts them. */
  const leaveOut = (_service: unknown, error: unknown): boolean => {
    const incomplete =
      error instanceof DecodeError ||
      // The key of the service is malformed, so its destinations cannot be requested.
      error instanceof FieldError ||
      (error instanceof KernelError && error.errno === NOT_CAPTURED_ERRNO);
    if (incomplete) leftOut++;
    return incomplete;
  };
  const captureError = (text: string): CommandError =>
    new CommandError(`${path}: ${text}`, Status.READ_FAILED);
  const { dump, records } = client;
  /**
   * Chooses the single dump if the capture contains one, otherwise a per-service dump that leaves out incomplete
   * services.
   */
  const withStrategy = <Options extends DumpOptions>(options: Options): Options => {
    const { strategy = 'auto', service } = options;
    const single = strategy === 'single' || (strategy === 'auto' && transport.hasSingleDump);
    return single || service !== undefined ? options : { ...options, strategy: 'per-service', leaveOut };
  };
  /** Returns the well-formed part of a table, and stores the error for `assertComplete`. */
  const wellFormed = <Table extends Dump | RecordDump>(read: () => Table): Table => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof MalformedReplyError)) throw error;
      malformed = error;
      return error.data as Table;
    }
  };
  return Object.assign(client, {
    dump: (options: DumpOptions = {}): Dump => wellFormed(() => dump.call(client, withStrategy(options))),
    records: (options: RecordDumpOptions = {}): RecordDump =>
      wellFormed(() => records.call(client, withStrategy(options))),
    capture: {
      size: capture.packets.reduce((sum, { bytes }) => sum + bytes.length, 0),
      assertComplete(): void {
        const missing = describeMissing(capture, transport, leftOut);
        if (malformed !== undefined)
          missing.unshift(
            `${malformed.count} malformed services or destinations are left out: ${malformed.errors[0]?.message}`,
          );
        if (missing.length > 0) throw captureError(missing.join('; '));
      },
      explain(error: unknown): unknown {
        if (error instanceof FamilyNotFoundError) return captureError(whyNoIpvs(capture));
        if (error instanceof UnsupportedError)
          return captureError(
            'the capture contains no replies to the single dump (IPVS_CMD_GET_SERVICE_DEST)',
          );
        if (REPLY_ERRORS.some((type) => error instanceof type))
          return captureError(`a recorded reply cannot be used: ${(error as Error).message}`);
        if (!(error instanceof KernelError)) return error;
        const { command, object, errno, errnoName } = error;
        const request = object === '' ? command : `${command} of ${object}`;
        if (errno !== NOT_CAPTURED_ERRNO)
          return captureError(`${request} was refused when it was recorded: ${errnoName}`);
        const missing = describeMissing(capture, transport, leftOut);
        return captureError([`the capture has no complete reply to ${request}`, ...missing].join('; '));
      },
    },
  });
}

/** Describes what is missing from a listing of the capture. */
function describeMissing(
  { packets, problem }: Capture,
  transport: CaptureTransport,
  leftOut: number,
): string[] {
  const missing = [...transport.missing];
  if (leftOut > 0) {
    const repliesOnly = packets.every(({ direction }) => direction === 'to-user');
    const why = repliesOnly ? ': it has replies only, so it does not show which service was asked for' : '';
    missing.push(
      `${leftOut} services are left out, as their destinations are incomplete in the capture${why}`,
    );
  }
  if (missing.length > 0 && packets.some(isTruncated)) missing.push(RECORDING_ADVICE);
  if (problem !== undefined) missing.push(problem.message);
  return missing;
}

/** Returns the reason why the capture has no IPVS traffic. */
function whyNoIpvs({ packets, problem }: Capture): string {
  if (packets.length === 0) return problem?.message ?? 'the capture is empty';
  const generic = packets.filter(({ netlinkProtocol }) => netlinkProtocol === NetlinkProtocol.GENERIC);
  const reasons = problem === undefined ? [] : [problem.message];
  const truncated = generic.filter(isTruncated).length;
  if (truncated > 0)
    reasons.push(`the snapshot length truncated ${truncated} of ${generic.length} packets`, RECORDING_ADVICE);
  const traffic = generic.length === 0 ? 'generic netlink traffic, which IPVS is part of' : 'IPVS traffic';
  return [`the capture contains no ${traffic}`, ...reasons].join('; ');
}
