// The thread that helps to read destinations. CommonJS and alone, so that it starts fast; everything
// that it has to know it is told by dump-helper.ts.
import type { HelperData } from './dump-helper.ts' with { 'resolution-mode': 'import' };
import type { SharedDumps } from './shared-dumps.ts' with { 'resolution-mode': 'import' };

const { readSync, writeSync }: typeof import('node:fs') = require('node:fs');
const { parentPort, workerData }: typeof import('node:worker_threads') = require('node:worker_threads');

const data: HelperData = workerData;
const { descriptor, portId, dropsEnds, room, short, group, ended, portWord, Control, Answer, netlink } = data;
const { HEADER_LENGTH, DONE, ERROR, LITTLE_ENDIAN } = netlink;
const TYPE_OFFSET = 4;

function align(length: number): number {
  return (length + 3) & ~3;
}

/** The length of a datagram; -1 where a dump has ended without a word. */
function receive(into: Uint8Array, at: number): number {
  try {
    return readSync(descriptor, into, at, room, null);
  } catch (error) {
    if (dropsEnds && (error as NodeJS.ErrnoException).code === 'EAGAIN') return -1;
    throw error;
  }
}

function work({ requests, control, read, answers, replies }: SharedDumps): void {
  const { bytes, words, stride, count } = requests;
  const view = new DataView(replies.buffer, replies.byteOffset, replies.byteLength);
  let at = 0;

  function typeAt(offset: number): number {
    return view.getUint16(offset + TYPE_OFFSET, LITTLE_ENDIAN);
  }

  /** Whether a datagram ends its dump. What else it says is judged by who decodes it. */
  function ends(start: number, end: number): boolean {
    for (let offset = start; end - offset >= HEADER_LENGTH; ) {
      const type = typeAt(offset);
      if (type === DONE || type === ERROR) return true;
      offset += Math.max(HEADER_LENGTH, align(view.getUint32(offset, LITTLE_ENDIAN)));
    }
    return false;
  }

  /** Leaves one service's replies in `replies`; false when there is no room for more. */
  function dump(index: number): boolean {
    const from = index * stride;
    const answer = index * Answer.LENGTH;
    answers[answer + Answer.START] = at;
    words[(from >> 2) + portWord] = portId;
    writeSync(descriptor, bytes, from, words[from >> 2]!, null);
    let parts = 0;
    for (let done = false; !done; ) {
      if (at + room > replies.length) return false;
      const length = receive(replies, at);
      if (length < 0) break;
      // A datagram that fills the room may be cut off.
      if (length >= room) return false;
      done = ends(at, at + length) || (dropsEnds && length < short);
      if (typeAt(at) !== DONE) parts++;
      at += align(length);
    }
    answers[answer + Answer.END] = at;
    answers[answer + Answer.PARTS] = parts;
    return true;
  }

  for (let done = 0; ; ) {
    const next = Atomics.add(control, Control.NEXT, 1);
    const first = next * group;
    if (first >= count) return;
    const last = Math.min(first + group, count);
    for (let index = first; index < last; index++) if (!dump(index)) return;
    read[done++] = next;
    Atomics.store(control, Control.READ, done);
    Atomics.notify(control, Control.READ);
  }
}

parentPort!.once('message', (shared: SharedDumps) => {
  try {
    work(shared);
  } catch {
    // The other thread reads what is missing, and meets the error itself.
  }
  Atomics.or(shared.control, Control.READ, ended);
  Atomics.notify(shared.control, Control.READ);
});
