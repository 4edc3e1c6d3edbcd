import { closeSync, constants as fileConstants, openSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { SystemCallError } from '../errors.ts';
import { systemCallError } from './descriptor.ts';
import { closeDescriptor, enterNetworkNamespace, namespaceOfSocket } from './libc.ts';

const { ENOENT, EPERM, EACCES, EINVAL } = constants.errno;
const { O_NONBLOCK, O_RDONLY } = fileConstants;

const HINTS: Readonly<Record<number, string>> = {
  [ENOENT]: 'there is no such network namespace (ip netns keeps named ones in /run/netns)',
  [EACCES]: 'this user may not open it',
  [EPERM]: 'entering a network namespace needs CAP_SYS_ADMIN',
  [EINVAL]: 'this is not a network namespace',
};

/**
 * Runs `make` with the calling thread inside the network namespace at `path`, and returns.
 *
 * It all happens in one turn, so nothing else of this thread runs in there. Throws a
 * {@link SystemCallError} with a hint when the namespace cannot be opened or entered. When the
 * thread cannot return, the process ends with SIGABRT: whatever ran later would run in the wrong
 * namespace.
 */
export function inNetworkNamespace<Result>(path: string, make: () => Result): Result {
  const target = openNamespace(path);
  try {
    return inNamespace(target, path, make);
  } finally {
    closeSync(target);
  }
}

/** As {@link inNetworkNamespace}, in the namespace of a socket, which its path may no longer lead to. */
export function inNetworkNamespaceOf<Result>(socket: number, make: () => Result): Result {
  const target = namespaceOfSocket(socket);
  if (target < 0) throw new SystemCallError('ioctl', -target);
  try {
    return inNamespace(target, 'of a socket', make);
  } finally {
    closeDescriptor(target);
  }
}

function inNamespace<Result>(target: number, name: string, make: () => Result): Result {
  const home = openNamespace('/proc/thread-self/ns/net');
  try {
    const entered = enterNetworkNamespace(target);
    if (entered < 0) throw new SystemCallError('setns', -entered, name, HINTS[-entered]);
    try {
      return make();
    } finally {
      if (enterNetworkNamespace(home) < 0) abort(name);
    }
  } finally {
    closeSync(home);
  }
}

function openNamespace(path: string): number {
  try {
    // Without blocking: a named pipe would else wait for a writer.
    return openSync(path, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    throw systemCallError('open', error, path, HINTS);
  }
}

function abort(path: string): never {
  writeSync(2, `could not return from the network namespace ${path}: ending the process\n`);
  process.kill(process.pid, 'SIGABRT');
  throw new Error(`could not return from the network namespace ${path}`);
}
