import { type Service, ServiceFlag, type ServiceView, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import { isPrintable } from '../../../protocol/netlink/text/printable.ts';
import { CommandLineError, Status } from '../parse/command-line-error.ts';
import { MAX_TIMEOUT } from '../parse/values/limits.ts';

/** A cache of names that have been checked. */
const words = new Set<string>();

/**
 * A name as a word of a rule. Throws a CommandLineError for one that would not be read back as it is: with
 * blanks or line ends in it, it could become a rule of its own. `what` says what has the name.
 */
export function ruleWord(name: string, what: () => string): string {
  if (words.has(name)) return name;
  if (isWord(name)) {
    words.add(name);
    return name;
  }
  throw new CommandLineError(
    `${what()} is ${JSON.stringify(name)}, which no rule can hold; save with --json`,
    Status.LISTING_FAILED,
  );
}

/** As {@link ruleWord}, for a name that a service has. */
export function serviceWord(name: string, what: string, service: Service): string {
  return ruleWord(name, () => `the ${what} of service ${serviceKeyText(service)}`);
}

function isWord(name: string): boolean {
  return isPrintable(name) && /^[^\s-]\S*$/.test(name);
}

const REFUSABLE = ServiceFlag.PERSISTENT | ServiceFlag.ONE_PACKET;

/**
 * Why `-R`, like ipvsadm, will refuse the rule of a service that others may have made; undefined where it
 * will not.
 */
export function restoreProblem(service: ServiceView): string | undefined {
  const { mark, flags, protocol, port } = service;
  if (typeof protocol === 'number') return `there is no option for the protocol ${protocol}`;
  if ((flags & REFUSABLE) === 0) return mark === undefined && port === 0 ? 'port 0 needs -p' : undefined;
  const { persistence, onePacket } = service;
  const timeout = persistence?.timeout ?? 1;
  if (timeout < 1 || timeout > MAX_TIMEOUT) return `-p ${timeout} is not from 1 to ${MAX_TIMEOUT}`;
  return onePacket && mark === undefined && protocol !== 'udp' ? '-o goes only with -u or -f' : undefined;
}
