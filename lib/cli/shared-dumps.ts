import type { DumpRequests } from './dump-requests.ts';

/**
 * What two threads that read destinations share. Each takes the next services that nobody has taken;
 * the thread that helps leaves its replies here.
 */
export interface SharedDumps {
  readonly requests: DumpRequests;
  /** At NEXT the first service that nobody has taken, at STATE how far the helper is. */
  readonly control: Int32Array;
  /** Of each service, where its replies begin and end; the end is 0 where the helper has none. */
  readonly bounds: Int32Array;
  readonly replies: Uint8Array;
}

/** Places in `control`. */
export const Control = { NEXT: 0, STATE: 1 } as const;
/** What `control` says of the helper. */
export const HelperState = { STARTING: 0, RUNNING: 1, ENDED: 2 } as const;
/** How many services a thread takes at a time. */
export const DUMPS_AT_A_TIME = 32;

/** What replies take for each service; where that is not enough the helper stops. */
const ROOM_FOR_EACH = 640;
const LEAST_ROOM = 1 << 16;

export function shareDumps(requests: DumpRequests): SharedDumps {
  const { length } = requests.ends;
  return {
    requests,
    control: new Int32Array(new SharedArrayBuffer(8)),
    bounds: new Int32Array(new SharedArrayBuffer(8 * length)),
    replies: new Uint8Array(new SharedArrayBuffer(LEAST_ROOM + ROOM_FOR_EACH * length)),
  };
}
