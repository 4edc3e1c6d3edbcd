import { constants } from 'node:os';
import { SCHEDULERS } from '../../protocol/ipvs/fields/names.ts';
import type { Command } from '../../protocol/ipvs/index.ts';
import { KernelError } from '../netlink/errors.ts';
import type { Explanation } from '../netlink/request/call.ts';
import { closestName } from '../text/closest-name.ts';

const { EPERM, EOPNOTSUPP, ENOENT, ESRCH, EEXIST, ENODEV, EAFNOSUPPORT, ERANGE, EINVAL } = constants.errno;

/** The hint when the module `ip_vs` is not loaded. */
export const MODULE_HINT = 'load the module with: modprobe ip_vs';

type CommandName = keyof typeof Command;

/** The settings of a service that name kernel modules: `ip_vs_rr`, `ip_vs_pe_sip`. */
export interface ServiceModules {
  readonly scheduler?: string | undefined;
  readonly persistenceEngine?: string | null | undefined;
}

/** Explains an error number of a request for an object, such as `service tcp 10.0.0.1:80`. */
type Explain = (object: string, kernelModules: ServiceModules) => Explanation;

const doesNotExist: Explain = (object) => ({ problem: `no ${object}` });
const exists: Explain = (object) => ({ problem: `${object} already exists` });
const daemonRuns: Explain = (object) => ({ problem: `such a ${object} already runs` });
const daemonDoesNotRun: Explain = (object) => ({ problem: `no such ${object} runs` });
const serviceDoesNotExist: Explain = (object) => ({ problem: `no such service for ${object}` });
const hint =
  (text: string): Explain =>
  () => ({ hint: text });

const needsModule: Explain = (object, kernelModules) => {
  const { problem, hint: remedy } = missingModule(kernelModules);
  return { problem: `${problem} for ${object}`, hint: remedy };
};
const familyNotSupported = hint('the kernel was built without this address family for IPVS');
const invalidPrefixLength = hint('the prefix length of an IPv6 netmask must be 1 to 128');
const outOfRange = hint(
  'the weight must not be negative, and the lower threshold must not exceed the upper one',
);
const invalidDestination = hint(
  'the address must be a unicast address and not link-local, the upper threshold must be at most 2147483647, ' +
    'a gue tunnel must have a port, and the address family must be that of the service, except with tunnelling ' +
    'while no sync daemon runs',
);

/** Explanations for both adding and updating. */
const serviceErrors = { [ENOENT]: needsModule, [EINVAL]: invalidPrefixLength };
const destinationErrors = {
  [ESRCH]: serviceDoesNotExist,
  [EINVAL]: invalidDestination,
  [ERANGE]: outOfRange,
};

/** The explanations by command and error number. */
const EXPLANATIONS: { readonly [Name in CommandName]?: { readonly [errno: number]: Explain } } = {
  NEW_SERVICE: { ...serviceErrors, [EEXIST]: exists, [EAFNOSUPPORT]: familyNotSupported },
  SET_SERVICE: { ...serviceErrors, [ESRCH]: doesNotExist },
  DEL_SERVICE: { [ESRCH]: doesNotExist },
  GET_SERVICE: { [ESRCH]: doesNotExist },
  // The kernel returns an empty dump; this error is created by the client when it looks for one destination.
  GET_DEST: { [ENOENT]: doesNotExist },
  ZERO: { [ESRCH]: doesNotExist },
  NEW_DEST: { ...destinationErrors, [EEXIST]: exists, [EAFNOSUPPORT]: familyNotSupported },
  SET_DEST: { ...destinationErrors, [ENOENT]: doesNotExist },
  DEL_DEST: { [ESRCH]: serviceDoesNotExist, [ENOENT]: doesNotExist },
  NEW_DAEMON: {
    [EEXIST]: daemonRuns,
    [ENODEV]: hint('there is no such network interface'),
    [EINVAL]: hint(
      'the group must be a multicast address, and all destinations must have the address family of their service',
    ),
  },
  DEL_DAEMON: { [ESRCH]: daemonDoesNotRun },
  SET_CONFIG: { [EINVAL]: hint('a timeout is too long for the kernel') },
};

/**
 * Returns the explanation of ENOENT for a service: a module is missing. The kernel does not say which one, that of the
 * scheduler or that of the persistence engine; the scheduler `none` needs no module.
 */
export function missingModule({ scheduler = 'none', persistenceEngine }: ServiceModules): {
  readonly problem: string;
  readonly hint: string;
} {
  const engine = persistenceEngine ?? undefined;
  const missing: string[] = [];
  const loadCommands: string[] = [];
  if (scheduler !== 'none') {
    missing.push(`scheduler ${scheduler}`);
    loadCommands.push(`modprobe ip_vs_${scheduler}`);
  }
  if (engine !== undefined) {
    missing.push(`persistence engine ${engine}`);
    loadCommands.push(`modprobe ip_vs_pe_${engine}`);
  }
  const misspelt = engine === undefined && !SCHEDULERS.includes(scheduler);
  const meant = misspelt ? closestName(scheduler, SCHEDULERS) : undefined;
  return {
    problem: `the kernel has no ${missing.join(' or no ') || 'such scheduler'}`,
    hint: meant === undefined ? `load it with: ${loadCommands.join(', ')}` : `did you mean ${meant}?`,
  };
}

/**
 * Explains an error number with which the kernel refused `command` for `object`; `kernelModules` are those that
 * the service in the request needs. Returns `undefined` if its meaning is not known.
 */
export function explain(
  command: CommandName,
  object: string,
  errno: number,
  kernelModules: ServiceModules = {},
): Explanation | undefined {
  if (errno === EPERM) {
    return {
      problem: 'this process has no permission to use IPVS',
      hint: 'IPVS needs CAP_NET_ADMIN in the initial user namespace: run as root',
    };
  }
  if (errno === EOPNOTSUPP) return { hint: `this kernel does not support the command ${command}` };
  return EXPLANATIONS[command]?.[errno]?.(object, kernelModules);
}

/** The explanations of errors that mean that an object does not exist. */
const NOT_FOUND = [doesNotExist, serviceDoesNotExist, daemonDoesNotRun];
/** The explanations of errors that mean that an object exists already. */
const ALREADY_EXISTS = [exists, daemonRuns];

function isExplainedBy(error: unknown, explanations: readonly Explain[]): boolean {
  if (!(error instanceof KernelError)) return false;
  const explanation = EXPLANATIONS[error.command as CommandName]?.[error.errno];
  return explanation !== undefined && explanations.includes(explanation);
}

/**
 * Whether a request was refused because the service, destination or daemon in it does not exist. False for a missing
 * scheduler.
 */
export function isNotFound(error: unknown): boolean {
  return isExplainedBy(error, NOT_FOUND);
}

/** Whether a request was refused because the service, destination or daemon that it adds exists already. */
export function alreadyExists(error: unknown): boolean {
  return isExplainedBy(error, ALREADY_EXISTS);
}
