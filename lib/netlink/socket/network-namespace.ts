import { closeSync, constants as fileConstants, openSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { SystemCallError } from '../errors.ts';
import { systemCallError } from './fs-errors.ts';
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
 * Runs `action` with the calling thread in the network namespace at `path`, and returns its result.
 *
 * This is synchronous, so no other code of this thread runs in the namespace. Throws a {@link
 * SystemCallError} with a hint if the namespace cannot be opened or entered. If the thread cannot return to
 * its own namespace, the process ends with SIGABRT, as everything later would run in the wrong one.
 */
export function inNetworkNamespace<Result>(path: string, action: () => Result): Result {
  const target = openNamespace(path);
  try {
    return inNamespace(target, path, action);
  } finally {
    closeSync(target);
  }
}

/** As {@link inNetworkNamespace}, for the namespace of a socket, whose path may have changed. */
export function inNetworkNamespaceOf<Result>(socket: number, action: () => Result): Result {
  const target = namespaceOfSocket(socket);
  if (target < 0) throw new SystemCallError('ioctl', -target);
  try {
    return inNamespace(target, 'of a socket', action);
  } finally {
    closeDescriptor(target);
  }
}

function inNamespace<Result>(target: number, name: string, action: () => Result): Result {
  const original = openNamespace('/proc/thread-self/ns/net');
  try {
    const entered = enterNetworkNamespace(target);
    if (entered < 0) throw new SystemCallError('setns', -entered, name, HINTS[-entered]);
    try {
      return action();
    } finally {
      if (enterNetworkNamespace(original) < 0) abort(name);
    }
  } finally {
    closeSync(original);
  }
}

function openNamespace(path: string): number {
  try {
    // O_NONBLOCK, as opening a named pipe would otherwise wait for a writer.
    return openSync(path, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    throw systemCallError('open', error, path, HINTS);
  }
}

function abort(name: string): never {
  writeSync(2, `could not return from the network namespace ${name}: ending the process\n`);
  process.kill(process.pid, 'SIGABRT');
  throw new Error(`could not return from the network namespace ${name}`);
}
