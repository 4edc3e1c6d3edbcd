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

/** Explains an error number: returns the problem with the object, and a suggested remedy. */
type Explain = (object: string, names: ModuleNames) => Explanation;

const doesNotExist: Explain = (object) => ({ problem: `no ${object}` });
const exists: Explain = (object) => ({ problem: `${object} already exists` });
const daemonRuns: Explain = (object) => ({ problem: `such a ${object} already runs` });
const daemonDoesNotRun: Explain = (object) => ({ problem: `no such ${object} runs` });
const serviceDoesNotExist: Explain = (object) => ({ problem: `no such service for ${object}` });
const hint =
  (text: string): Explain =>
  () => ({ hint: text });

const noModule: Explain = (object, names) => {
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

/** The explanations by command and error number. */
const EXPLANATIONS: { readonly [Name in CommandName]?: { readonly [errno: number]: Explain } } = {
  NEW_SERVICE: { [ENOENT]: noModule, [EEXIST]: exists, [EAFNOSUPPORT]: noFamily, [EINVAL]: badPrefix },
  SET_SERVICE: { [ENOENT]: noModule, [ESRCH]: doesNotExist, [EINVAL]: badPrefix },
  DEL_SERVICE: { [ESRCH]: doesNotExist },
  GET_SERVICE: { [ESRCH]: doesNotExist },
  // The kernel returns an empty dump; this error is created by the client when it looks for one destination.
  GET_DEST: { [ENOENT]: doesNotExist },
  ZERO: { [ESRCH]: doesNotExist },
  NEW_DEST: {
    [ESRCH]: serviceDoesNotExist,
    [EEXIST]: exists,
    [EAFNOSUPPORT]: noFamily,
    [EINVAL]: badDestination,
    [ERANGE]: badNumbers,
  },
  SET_DEST: {
    [ESRCH]: serviceDoesNotExist,
    [ENOENT]: doesNotExist,
    [EINVAL]: badDestination,
    [ERANGE]: badNumbers,
  },
  DEL_DEST: { [ESRCH]: serviceDoesNotExist, [ENOENT]: doesNotExist },
  NEW_DAEMON: {
    [EEXIST]: daemonRuns,
    [ENODEV]: hint('there is no such network interface'),
    [EINVAL]: hint(
      'the group must be a multicast address, and no service may have destinations of another family',
    ),
  },
  DEL_DAEMON: { [ESRCH]: daemonDoesNotRun },
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
  return EXPLANATIONS[command]?.[errno]?.(object, names);
}

const MISSING = [doesNotExist, serviceDoesNotExist, daemonDoesNotRun];
const PRESENT = [exists, daemonRuns];

function isExplainedBy(error: unknown, explanations: readonly Explain[]): boolean {
  if (!(error instanceof KernelError)) return false;
  const explanation = EXPLANATIONS[error.command as CommandName]?.[error.errno];
  return explanation !== undefined && explanations.includes(explanation);
}

/**
 * Whether a request was refused because its service, destination or daemon does not exist, or the service of
 * its destination. False for a missing scheduler.
 */
export function isNotFound(error: unknown): boolean {
  return isExplainedBy(error, MISSING);
}

/** Whether a request was refused because the service, destination or daemon that it adds exists already. */
export function alreadyExists(error: unknown): boolean {
  return isExplainedBy(error, PRESENT);
}
