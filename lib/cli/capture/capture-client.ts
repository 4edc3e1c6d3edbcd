import type { ServiceWithDestinations } from '../../../protocol/ipvs/index.ts';
import { DecodeError, NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { type Capture, isTruncated } from '../../capture/capture.ts';
import { CaptureTransport, NOT_RECORDED } from '../../capture/transport.ts';
import { IpvsSync } from '../../ipvs/client-sync.ts';
import type { Dump, DumpOptions } from '../../ipvs/dump.ts';
import {
  DumpInterruptedError,
  FamilyNotFoundError,
  KernelError,
  ReplyLostError,
  TruncatedError,
  UnsupportedError,
} from '../../netlink/errors.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';
import type { Client } from '../system.ts';
import { RECORD_WHOLE, readCaptureFile } from './capture-file.ts';

/** What replies end in that are not as the kernel makes them. */
const DAMAGES = [DecodeError, TruncatedError, ReplyLostError, DumpInterruptedError] as const;

/**
 * A capture in place of the kernel. A listing holds what is whole in the capture, and
 * `capture.checkWhole` then throws what it lacks. Throws a CommandLineError that names the file.
 */
export function openCapture(path: string): Client {
  const capture = readCaptureFile(path);
  const transport = new CaptureTransport(capture);
  const client = IpvsSync.open({ transport });
  const dump = client.dump.bind(client);
  let leftOut = 0;
  const failed = (text: string): CommandLineError =>
    new CommandLineError(`${path}: ${text}`, Status.LISTING_FAILED);
  return Object.assign(client, {
    dump(options: DumpOptions = {}): Dump {
      const { strategy = 'auto', service } = options;
      const single = strategy === 'single' || (strategy === 'auto' && transport.hasSingleDump);
      if (single || service !== undefined) return dump(options);
      const services = wholeServices(client);
      leftOut += services.leftOut;
      const cost = { datagrams: 0, bytes: 0, retries: 0 };
      return { ...cost, strategy: 'per-service', consistency: 'unknown', services: services.whole };
    },
    capture: {
      checkWhole(): void {
        const lacking = gapsOf(capture, transport, leftOut);
        if (lacking.length > 0) throw failed(lacking.join('; '));
      },
      explain(error: unknown): unknown {
        if (error instanceof FamilyNotFoundError) return failed(whyNoIpvs(capture));
        if (error instanceof UnsupportedError) return failed('the capture holds no single dump');
        if (DAMAGES.some((damage) => error instanceof damage))
          return failed(`what was recorded is damaged: ${(error as Error).message}`);
        if (!(error instanceof KernelError)) return error;
        const { command, object, errno, errnoName } = error;
        const request = object === '' ? command : `${command} of ${object}`;
        if (errno !== NOT_RECORDED)
          return failed(`${request} was refused when it was recorded: ${errnoName}`);
        const lacking = gapsOf(capture, transport, leftOut);
        return failed([`the capture holds no whole answer to ${request}`, ...lacking].join('; '));
      },
    },
  });
}

/** The services whose destinations are whole in the capture, too, and how many others there are. */
function wholeServices(client: IpvsSync): { whole: ServiceWithDestinations[]; leftOut: number } {
  const whole: ServiceWithDestinations[] = [];
  let leftOut = 0;
  for (const service of client.services()) {
    try {
      const destinations = client.destinations(service);
      whole.push({ ...service, destinations, counters: service.counters });
    } catch (error) {
      const damaged = error instanceof DecodeError;
      if (!damaged && !(error instanceof KernelError && error.errno === NOT_RECORDED)) throw error;
      leftOut++;
    }
  }
  return { whole, leftOut };
}

/** What a listing from the capture lacks. */
function gapsOf({ packets, problem }: Capture, { gaps }: CaptureTransport, leftOut: number): string[] {
  const lacking = [...gaps];
  if (leftOut > 0) {
    const repliesOnly = packets.every(({ direction }) => direction === 'to-user');
    const why = repliesOnly ? ': it holds replies only, not whose destinations were asked for' : '';
    lacking.push(
      `${leftOut} services are left out, as their destinations are not whole in the capture${why}`,
    );
  }
  if (lacking.length > 0 && packets.some(isTruncated)) lacking.push(RECORD_WHOLE);
  if (problem !== undefined) lacking.push(problem.message);
  return lacking;
}

function whyNoIpvs({ packets, problem }: Capture): string {
  if (packets.length === 0) return problem?.message ?? 'the capture is empty';
  const generic = packets.filter(({ protocolFamily }) => protocolFamily === NetlinkProtocol.GENERIC);
  const damage = problem === undefined ? [] : [problem.message];
  const cut = generic.filter(isTruncated).length;
  if (cut > 0) damage.push(`the snapshot length cut off ${cut} of ${generic.length} packets`, RECORD_WHOLE);
  const what = generic.length === 0 ? 'generic netlink traffic, which IPVS is part of' : 'IPVS traffic';
  return [`the capture holds no ${what}`, ...damage].join('; ');
}
