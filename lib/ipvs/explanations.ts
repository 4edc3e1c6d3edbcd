import { constants } from 'node:os';
import { SCHEDULERS } from '../../protocol/ipvs/fields/names.ts';
import type { Command } from '../../protocol/ipvs/index.ts';
import { KernelError } from '../netlink/errors.ts';
import type { Explanation } from '../netlink/request/call.ts';
import { closestName } from '../text/closest-name.ts';

const { EPERM, EOPNOTSUPP, ENOENT, ESRCH, EEXIST, ENODEV, EAFNOSUPPORT, ERANGE, EINVAL } = constants.errno;

/** The hint for a missing module. */
export const MODULE_HINT = 'load the module with: modprobe ip_vs';

type CommandName = keyof typeof Command;

/** The names in a request for which kernel modules are loaded. */
export interface ModuleNames {
  readonly scheduler?: string | undefined;
  readonly persistenceEngine?: string | null | undefined;
}

/** The meaning of an error number: returns the problem with the object, and a suggested remedy. */
type Meaning = (object: string, names: ModuleNames) => Explanation;

const isMissing: Meaning = (object) => ({ problem: `no ${object}` });
const isThere: Meaning = (object) => ({ problem: `${object} is already there` });
const daemonRuns: Meaning = (object) => ({ problem: `such a ${object} already runs` });
const noDaemon: Meaning = (object) => ({ problem: `no such ${object} runs` });
const lacksService: Meaning = (object) => ({ problem: `no such service for ${object}` });
const hint =
  (text: string): Meaning =>
  () => ({ hint: text });

const noModule: Meaning = (object, names) => {
  const { problem, hint: remedy } = missingModule(names);
  return { problem: `${problem} for ${object}`, hint: remedy };
};
const noFamily = hint('the kernel was built without this address family for IPVS');
const badPrefix = hint('a prefix length of IPv6 must be 1 to 128');
const badNumbers = hint('a weight below 0, or a lower threshold above the upper one');
const badDestination = hint(
  'the address must be a unicast address (and not link-local), the upper threshold at most 2147483647, ' +
    "the port of gue given, and the family the service's unless a tunnel leads there and no sync daemon runs",
);

/** The same error number means different things under different commands. */
const MEANINGS: { readonly [Name in CommandName]?: { readonly [errno: number]: Meaning } } = {
  NEW_SERVICE: { [ENOENT]: noModule, [EEXIST]: isThere, [EAFNOSUPPORT]: noFamily, [EINVAL]: badPrefix },
  SET_SERVICE: { [ENOENT]: noModule, [ESRCH]: isMissing, [EINVAL]: badPrefix },
  DEL_SERVICE: { [ESRCH]: isMissing },
  GET_SERVICE: { [ESRCH]: isMissing },
  // The kernel returns an empty dump; this error is created by the client when it looks for one destination.
  GET_DEST: { [ENOENT]: isMissing },
  ZERO: { [ESRCH]: isMissing },
  NEW_DEST: {
    [ESRCH]: lacksService,
    [EEXIST]: isThere,
    [EAFNOSUPPORT]: noFamily,
    [EINVAL]: badDestination,
    [ERANGE]: badNumbers,
  },
  SET_DEST: { [ESRCH]: lacksService, [ENOENT]: isMissing, [EINVAL]: badDestination, [ERANGE]: badNumbers },
  DEL_DEST: { [ESRCH]: lacksService, [ENOENT]: isMissing },
  NEW_DAEMON: {
    [EEXIST]: daemonRuns,
    [ENODEV]: hint('there is no such network interface'),
    [EINVAL]: hint(
      'the group must be a multicast address, and no service may have destinations of another family',
    ),
  },
  DEL_DAEMON: { [ESRCH]: noDaemon },
  SET_CONFIG: { [EINVAL]: hint('a timeout is too long for the kernel') },
};

/**
 * Describes the missing module after ENOENT for a service, and how to load it. The kernel does not say
 * whether the scheduler or the persistence engine is missing; the scheduler `none` needs no module.
 */
export function missingModule({ scheduler = 'none', persistenceEngine }: ModuleNames): {
  readonly problem: string;
  readonly hint: string;
} {
  const engine = persistenceEngine ?? undefined;
  const names: string[] = [];
  const modules: string[] = [];
  if (scheduler !== 'none') {
    names.push(`scheduler ${scheduler}`);
    modules.push(`modprobe ip_vs_${scheduler}`);
  }
  if (engine !== undefined) {
    names.push(`persistence engine ${engine}`);
    modules.push(`modprobe ip_vs_pe_${engine}`);
  }
  const misspelt = engine === undefined && !SCHEDULERS.includes(scheduler);
  const meant = misspelt ? closestName(scheduler, SCHEDULERS) : undefined;
  return {
    problem: `the kernel has no ${names.join(' or no ') || 'such scheduler'}`,
    hint: meant === undefined ? `load it with: ${modules.join(', ')}` : `did you mean ${meant}?`,
  };
}

/**
 * Explains an errno in reply to `command` for `object`, if its meaning is known; `names` are those in
 * the request.
 */
export function explain(
  command: CommandName,
  object: string,
  errno: number,
  names: ModuleNames = {},
): Explanation | undefined {
  if (errno === EPERM) {
    return {
      problem: 'this process has no permission to use IPVS',
      hint: 'IPVS needs CAP_NET_ADMIN in the initial user namespace: run as root',
    };
  }
  if (errno === EOPNOTSUPP) return { hint: `this kernel does not support the command ${command}` };
  return MEANINGS[command]?.[errno]?.(object, names);
}

const MISSING = [isMissing, lacksService, noDaemon];
const PRESENT = [isThere, daemonRuns];

function means(error: unknown, meanings: readonly Meaning[]): boolean {
  if (!(error instanceof KernelError)) return false;
  const meaning = MEANINGS[error.command as CommandName]?.[error.errno];
  return meaning !== undefined && meanings.includes(meaning);
}

/**
 * Whether a request was refused because its service, destination or daemon does not exist, or the service of
 * its destination. False for a missing scheduler.
 */
export function isNotFound(error: unknown): boolean {
  return means(error, MISSING);
}

/** Whether a request was refused because the service, destination or daemon that it adds exists already. */
export function alreadyExists(error: unknown): boolean {
  return means(error, PRESENT);
}
