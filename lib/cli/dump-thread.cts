// The thread that helps to read destinations. CommonJS and alone, so that it starts fast.
const { readSync, writeSync }: typeof import('node:fs') = require('node:fs');
const { workerData }: typeof import('node:worker_threads') = require('node:worker_threads');

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const HEADER_LENGTH = 16;
const PORT_OFFSET = 12;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/** As in destination-dumps.ts and shared-dumps.ts, which make it. */
const { descriptor, portId, room, atATime, control, requests, bounds, replies } = workerData as {
  readonly descriptor: number;
  readonly portId: number;
  readonly room: number;
  readonly atATime: number;
  readonly control: Int32Array;
  readonly requests: { readonly bytes: Uint8Array; readonly words: Int32Array; readonly ends: Int32Array };
  readonly bounds: Int32Array;
  readonly replies: Uint8Array;
};
const NEXT = 0;
const STATE = 1;
const STARTING = 0;
const RUNNING = 1;
const ENDED = 2;

const view = new DataView(replies.buffer, replies.byteOffset, replies.byteLength);
let at = 0;

function align(length: number): number {
  return (length + 3) & ~3;
}

/** Whether the datagram at `start` to `end` ends the dump; what it says is judged by who decodes it. */
function ends(start: number, end: number): boolean {
  for (let offset = start; end - offset >= HEADER_LENGTH; ) {
    const type = view.getUint16(offset + 4, LITTLE_ENDIAN);
    if (type === NLMSG_DONE || type === NLMSG_ERROR) return true;
    offset += Math.max(HEADER_LENGTH, align(view.getUint32(offset, LITTLE_ENDIAN)));
  }
  return false;
}

/** Leaves one service's replies in `replies`; false when there is no room for more. */
function dump(index: number): boolean {
  const from = index === 0 ? 0 : requests.ends[index - 1]!;
  const start = at;
  let ended = false;
  requests.words[(from + PORT_OFFSET) >> 2] = portId;
  writeSync(descriptor, requests.bytes, from, requests.ends[index]! - from, null);
  while (!ended) {
    if (at + room > replies.length) return false;
    const length = readSync(descriptor, replies, at, room, null);
    // A datagram that fills the room may be cut off.
    if (length >= room) return false;
    ended = ends(at, at + length);
    at += align(length);
  }
  bounds[2 * index] = start;
  Atomics.store(bounds, 2 * index + 1, at);
  return true;
}

function work(): void {
  for (;;) {
    const first = Atomics.add(control, NEXT, atATime);
    const last = Math.min(first + atATime, requests.ends.length);
    if (first >= last) return;
    for (let index = first; index < last; index++) if (!dump(index)) return;
  }
}

if (Atomics.compareExchange(control, STATE, STARTING, RUNNING) === STARTING) {
  try {
    work();
  } catch {
    // The other thread reads what is missing, and meets the error itself.
  }
  Atomics.store(control, STATE, ENDED);
  Atomics.notify(control, STATE);
}
