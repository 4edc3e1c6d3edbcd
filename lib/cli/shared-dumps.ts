import type { DestinationRequests } from './destination-requests.ts';

/**
 * What two threads that read destinations share. Each takes the next services that nobody has taken; the
 * thread that helps leaves here what it was answered.
 */
export interface SharedDumps {
  readonly requests: DestinationRequests;
  /** See {@link Control}. */
  readonly control: Int32Array;
  /** The groups that the helper has read, in that order. */
  readonly read: Int32Array;
  /** Of each service that the helper has read, see {@link Answer}. */
  readonly answers: Int32Array;
  readonly replies: Uint8Array;
}

/** Places in `control`. */
export const Control = {
  /** The first group of services that nobody has taken. */
  NEXT: 0,
  /** How many groups the helper has read; with {@link ENDED} when it reads no more. */
  READ: 1,
} as const;
export const ENDED: number = 1 << 30;

/** Places in the `answers` of a service: where its replies begin and end, and how many hold destinations. */
export const Answer = { START: 0, END: 1, PARTS: 2, LENGTH: 3 } as const;

/** How many services a thread takes at a time. */
export const GROUP = 32;

/**
 * What replies may take for each service, in bytes: some five destinations. Where that is not enough the
 * helper stops. What is not used is never there.
 */
const ROOM_FOR_EACH = 2048;
const LEAST_ROOM = 1 << 16;

export function groupsOf({ count }: DestinationRequests): number {
  return Math.ceil(count / GROUP);
}

export function shareDumps(requests: DestinationRequests): SharedDumps {
  const { count } = requests;
  const words = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));
  return {
    requests,
    control: words(2),
    read: words(groupsOf(requests)),
    answers: words(Answer.LENGTH * count),
    replies: new Uint8Array(new SharedArrayBuffer(LEAST_ROOM + ROOM_FOR_EACH * count)),
  };
}
