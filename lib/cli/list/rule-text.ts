import { type Service, ServiceFlag, type ServiceView, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import { isPrintable } from '../../../protocol/netlink/text/printable.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import { MAX_TIMEOUT } from '../parse/values/limits.ts';

/** Names that have been checked. */
const checkedNames = new Set<string>();

/**
 * Returns a name as a word of a rule. Throws a CommandError for a name that would not be read back
 * unchanged: with blanks or newlines in it, it could become a rule of its own. `what` describes the object
 * with the name.
 */
export function ruleWord(name: string, what: () => string): string {
  if (checkedNames.has(name)) return name;
  if (isWord(name)) {
    checkedNames.add(name);
    return name;
  }
  throw new CommandError(
    `${what()} is ${JSON.stringify(name)}, which a rule cannot contain; save with --json`,
    Status.READ_FAILED,
  );
}

/** Like {@link ruleWord}, for a name in a service. */
export function serviceWord(name: string, what: string, service: Service): string {
  return ruleWord(name, () => `the ${what} of service ${serviceKeyText(service)}`);
}

function isWord(name: string): boolean {
  return isPrintable(name) && /^[^\s-]\S*$/.test(name);
}

/** The flags of services that `-R` accepts only under conditions. */
const CHECKED_FLAGS = ServiceFlag.PERSISTENT | ServiceFlag.ONE_PACKET;

/**
 * Says why `-R`, like ipvsadm, will reject the rule of a service (which another program can have added);
 * undefined if it will not.
 */
export function restoreProblem(service: ServiceView): string | undefined {
  const { mark, flags, protocol, port } = service;
  if (typeof protocol === 'number') return `there is no option for the protocol ${protocol}`;
  if ((flags & CHECKED_FLAGS) === 0) return mark === undefined && port === 0 ? 'port 0 needs -p' : undefined;
  const { persistence, onePacket } = service;
  const timeout = persistence?.timeout ?? 1;
  if (timeout < 1 || timeout > MAX_TIMEOUT) return `-p ${timeout} is not from 1 to ${MAX_TIMEOUT}`;
  return onePacket && mark === undefined && protocol !== 'udp' ? '-o needs -u or -f' : undefined;
}
