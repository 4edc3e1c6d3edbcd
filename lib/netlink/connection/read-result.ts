import type { ByteView } from '../../../protocol/netlink/index.ts';
import { SystemCallError } from '../errors.ts';
import type { Transport } from '../socket/transport.ts';

/** The outcome of a read: the length of a datagram in bytes, -1 if there was none, or an error. */
export interface ReadResult {
  readonly view: ByteView;
  readonly length: number;
  readonly error: unknown;
}

/** Reads one datagram into `view`; never throws. */
export function readInto(view: ByteView, transport: Transport): ReadResult {
  try {
    return { view, length: transport.receive(view.bytes), error: undefined };
  } catch (error) {
    return { view, length: -1, error };
  }
}

/** Starts to read one datagram into `view`; never rejects. */
export function readIntoAsync(view: ByteView, transport: Transport): Promise<ReadResult> {
  return transport.receiveAsync(view.bytes).then(
    (length) => ({ view, length, error: undefined }),
    (error: unknown) => ({ view, length: -1, error }),
  );
}

/**
 * Returns a copy of a {@link SystemCallError}, so that each of the requests that fail with it has a stack of
 * its own; any other error is returned unchanged.
 */
export function copyOfError(error: unknown): Error {
  return error instanceof SystemCallError
    ? new SystemCallError(error.syscall, error.errno)
    : (error as Error);
}
