import {
  closeSync,
  constants as fileConstants,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { NetlinkError } from '../../../protocol/netlink/index.ts';
import { SystemCallError } from '../../netlink/errors.ts';
import { systemCallError } from '../../netlink/socket/descriptor.ts';
import { within } from './proc-file.ts';

/** The folder of the sysctls of IPVS, in the network namespace of the thread that looks. */
const SYSCTL_FOLDER = '/proc/sys/net/ipv4/vs';

/** The sysctls of IPVS of one network namespace, as texts. */
export interface SysctlFiles {
  /** The texts of all that can be read, by name. Throws a SystemCallError: ENOENT where the module is not loaded. */
  read(): ReadonlyMap<string, string>;
  /** Opens a sysctl for writing, and writes nothing. Throws a SystemCallError. */
  open(name: string): void;
  /** Writes a sysctl. Throws a SystemCallError: EINVAL where the kernel does not take the text. */
  write(name: string, text: string): void;
}

/** A transport to something that has sysctls of its own, such as a fake kernel. */
export interface WithSysctls {
  /** Its sysctls. */
  readonly sysctls: SysctlFiles;
}

/** A sysctl of a desired state cannot be set here; nothing has been changed. */
export class SysctlError extends NetlinkError {
  readonly code = 'ERR_SYSCTL';
  /** Name of the sysctl, without `net.ipv4.vs.`. */
  readonly sysctl: string;
  /**
   * `missing`: this kernel does not have it. `read-only`: it cannot be written from here. `unreachable`: there are no
   * sysctls behind this transport, such as a capture.
   */
  readonly reason: 'missing' | 'read-only' | 'unreachable';

  constructor(
    sysctl: string,
    reason: SysctlError['reason'],
    problem: string,
    options: { readonly cause?: unknown; readonly hint?: string | undefined } = {},
  ) {
    super(`the sysctl net.ipv4.vs.${sysctl} ${problem}`, options);
    this.name = 'SysctlError';
    this.sysctl = sysctl;
    this.reason = reason;
  }
}

const { ENOENT, EACCES, EINVAL, EPERM, EROFS } = constants.errno;

const WRITE_HINTS: Readonly<Record<number, string>> = { [EINVAL]: 'this kernel does not take that value' };

const HINTS: Readonly<Record<number, string>> = {
  [EACCES]:
    'it takes CAP_NET_ADMIN, and what holds for the whole machine can be set in the first network namespace alone',
  [EROFS]: '/proc/sys is read-only here, as in many containers and under ProtectKernelTunables of systemd',
};

/**
 * The sysctls of the running kernel, in the network namespace at `netns`, or in that of the calling thread. The files
 * under /proc/sys/net are those of the thread that opens them, so the thread enters the namespace for each call.
 */
export function kernelSysctls(netns: string | undefined): SysctlFiles {
  const pathOf = (name: string): string => `${SYSCTL_FOLDER}/${name}`;
  // An open file stays that of the namespace.
  const opened = (name: string, use: (descriptor: number) => void): void => {
    const descriptor = within(netns, pathOf(name), () => openSync(pathOf(name), fileConstants.O_WRONLY));
    try {
      use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  };
  return {
    read: () =>
      within(netns, SYSCTL_FOLDER, () => {
        const texts = new Map<string, string>();
        for (const name of readdirSync(SYSCTL_FOLDER).sort()) {
          const text = readIfAllowed(pathOf(name));
          if (text !== undefined) texts.set(name, text);
        }
        return texts;
      }),
    open: (name) => opened(name, () => undefined),
    write: (name, text) =>
      opened(name, (descriptor) => {
        try {
          writeSync(descriptor, `${text}\n`);
        } catch (error) {
          throw systemCallError('write', error, pathOf(name), WRITE_HINTS);
        }
      }),
  };
}

/** The text, or undefined for a sysctl that this user may not read. */
function readIfAllowed(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Makes sure that a sysctl can be written. Throws a {@link SysctlError}, or a SystemCallError where the network
 * namespace itself cannot be entered.
 */
export function checkWritable(files: SysctlFiles, name: string): void {
  try {
    files.open(name);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.syscall !== 'open') throw error;
    const { errno } = error;
    if (errno === ENOENT) throw missingSysctl(name, error);
    if (errno !== EACCES && errno !== EPERM && errno !== EROFS) throw error;
    throw new SysctlError(name, 'read-only', 'cannot be written here', { cause: error, hint: HINTS[errno] });
  }
}

/** The error for a sysctl that this kernel does not have. */
export function missingSysctl(name: string, cause?: unknown): SysctlError {
  const scheduler = /^(lblcr?)_/.exec(name)?.[1];
  const hint =
    scheduler === undefined
      ? 'this kernel is older, or built without it'
      : `it comes with a scheduler: modprobe ip_vs_${scheduler}`;
  return new SysctlError(name, 'missing', 'is none of this kernel', { cause, hint });
}

/** The error for sysctls of what has none. */
export function unreachableSysctl(name: string): SysctlError {
  return new SysctlError(name, 'unreachable', 'cannot be reached', {
    hint: 'sysctls are those of the running kernel or of a fake one; here is neither',
  });
}
