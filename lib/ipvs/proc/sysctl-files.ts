import { closeSync, constants as fileConstants, openSync, readdirSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { IpvsNetlinkError } from '../../../protocol/netlink/index.ts';
import { SystemCallError } from '../../netlink/errors.ts';
import { systemCallError } from '../../netlink/socket/fs-errors.ts';
import { textOfFile } from '../../text/text-file.ts';
import { openInNamespace } from './proc-file.ts';

/** The directory of the sysctls of IPVS, in the network namespace of the calling thread. */
const SYSCTL_FOLDER = '/proc/sys/net/ipv4/vs';

/** Access to the sysctl files of IPVS in one network namespace. */
export interface SysctlFiles {
  /**
   * Returns the contents of all readable sysctls by name. Throws a SystemCallError, such as ENOENT without
   * the module.
   */
  read(): ReadonlyMap<string, string>;
  /** Checks that a sysctl can be opened for writing. Throws a SystemCallError. */
  checkWritable(name: string): void;
  /** Writes a sysctl. Throws a SystemCallError, such as EINVAL for a value that the kernel rejects. */
  write(name: string, text: string): void;
}

/** A transport with sysctls, such as a fake kernel's. */
export interface WithSysctls {
  /** The sysctls. */
  readonly sysctls: SysctlFiles;
}

/** A sysctl cannot be accessed or set; nothing has been changed. */
export class SysctlError extends IpvsNetlinkError {
  readonly code = 'ERR_SYSCTL';
  /** Name of the sysctl, without `net.ipv4.vs.`. */
  readonly sysctl: string;
  /**
   * `missing`: the kernel does not have it. `read-only`: this process cannot write it. `unreachable`: the
   * transport, such as a capture file, has no sysctls.
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

const WRITE_HINTS: Readonly<Record<number, string>> = { [EINVAL]: 'this kernel rejects that value' };

const HINTS: Readonly<Record<number, string>> = {
  [EACCES]: 'needs CAP_NET_ADMIN; machine-wide sysctls can be set in the initial network namespace only',
  [EROFS]: '/proc/sys is read-only, as in many containers and with ProtectKernelTunables= of systemd',
};

/**
 * Returns access to the running kernel's sysctls, in the network namespace at `netns` or in that of the
 * calling thread. Files below /proc/sys/net are those of the network namespace of the thread that opens them, so the
 * thread enters `netns` to open them.
 */
export function kernelSysctls(netns: string | undefined): SysctlFiles {
  const pathOf = (name: string): string => `${SYSCTL_FOLDER}/${name}`;
  // An open descriptor keeps referring to the namespace.
  const withOpenFile = (name: string, use: (descriptor: number) => void): void => {
    const descriptor = openInNamespace(netns, pathOf(name), () =>
      openSync(pathOf(name), fileConstants.O_WRONLY),
    );
    try {
      use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  };
  return {
    read: () =>
      openInNamespace(netns, SYSCTL_FOLDER, () => {
        const texts = new Map<string, string>();
        for (const name of readdirSync(SYSCTL_FOLDER).sort()) {
          const text = textOfFile(pathOf(name));
          if (text !== undefined) texts.set(name, text);
        }
        return texts;
      }),
    checkWritable: (name) => withOpenFile(name, () => undefined),
    write: (name, text) =>
      withOpenFile(name, (descriptor) => {
        try {
          writeSync(descriptor, `${text}\n`);
        } catch (error) {
          throw systemCallError('write', error, pathOf(name), WRITE_HINTS);
        }
      }),
  };
}

/**
 * Checks that a sysctl can be written. Throws a {@link SysctlError}, or a SystemCallError if the network namespace
 * cannot be entered or the file cannot be opened for another reason.
 */
export function checkWritable(files: SysctlFiles, name: string): void {
  try {
    files.checkWritable(name);
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.syscall !== 'open') throw error;
    const { errno } = error;
    if (errno === ENOENT) throw missingSysctlError(name, error);
    if (errno !== EACCES && errno !== EPERM && errno !== EROFS) throw error;
    throw new SysctlError(name, 'read-only', 'cannot be written here', { cause: error, hint: HINTS[errno] });
  }
}

/** Returns the error for a sysctl that this kernel does not have. */
export function missingSysctlError(name: string, cause?: unknown): SysctlError {
  const scheduler = /^(lblcr?)_/.exec(name)?.[1];
  const hint =
    scheduler === undefined
      ? 'this kernel is too old, or built without it'
      : `it belongs to a scheduler; load it with: modprobe ip_vs_${scheduler}`;
  return new SysctlError(name, 'missing', 'does not exist in this kernel', { cause, hint });
}

/** Returns the error for a transport without sysctls. */
export function unreachableSysctlError(name: string): SysctlError {
  return new SysctlError(name, 'unreachable', 'cannot be reached', {
    hint: 'sysctls need a client that was opened without a transport, or with that of a fake kernel',
  });
}
