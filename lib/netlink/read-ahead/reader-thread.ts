import { workerData } from 'node:worker_threads';
import { type ByteView, DecodeError, MessageType, MessageWalker } from '../../../protocol/netlink/index.ts';
import { errnoOf } from '../socket/fs-errors.ts';
import { NO_DATAGRAM, SocketReads } from '../socket/socket-reads.ts';
import { ReaderState, ReadRing, type RingMemory, SLOTS } from './ring.ts';

// The worker thread that `ReaderThread` starts. It reads datagrams into shared memory, one dump after the other.

const ring = new ReadRing(workerData as RingMemory);
const walker = new MessageWalker(ring.views[0]!, 0, 0);

/** Whether the datagram ends the dump. A malformed one does; the decoding thread reports the error. */
function endsDump(view: ByteView, length: number, sequence: number): boolean {
  const { message } = walker;
  walker.reset(view, 0, length);
  try {
    while (walker.next()) {
      const { type } = message;
      if (message.sequence === sequence && (type === MessageType.DONE || type === MessageType.ERROR))
        return true;
    }
    return false;
  } catch (error) {
    if (error instanceof DecodeError) return true;
    throw error;
  }
}

function readDump(): void {
  const { descriptor, sequence } = ring.job;
  const reads = new SocketReads(descriptor);
  for (let datagram = 0; ; ) {
    ring.waitWhile(() => ring.state === ReaderState.READING && datagram - ring.freed === SLOTS);
    if (ring.state !== ReaderState.READING) return;
    const view = ring.views[datagram % SLOTS]!;
    let length: number;
    try {
      length = reads.read(view.bytes);
    } catch (error) {
      ring.put(datagram, NO_DATAGRAM - errnoOf(error));
      return;
    }
    ring.put(datagram++, length);
    if (length > 0 && endsDump(view, length, sequence)) return;
  }
}

for (;;) {
  ring.state = ReaderState.IDLE;
  ring.waitWhile(() => ring.state === ReaderState.IDLE);
  readDump();
}
