import type { TableAddress } from '../kernels/table-address.ts';
import { openDiscarding, openRecords, openSingle, openSingleAsync, openStreamed } from './at-once.ts';
import type { OpenWay } from './open-way.ts';
import { openPerService, openPool, openReopened, POOL } from './per-service.ts';
import type { Share } from './share.ts';

/** A way of reading the whole table. */
export interface Way {
  readonly name: WayName;
  readonly label: string;
  /** Short label. */
  readonly short: string;
  /** Whether it needs a kernel with the single dump. */
  readonly single: boolean;
  /** Opens it on a table. Ways that do not read service by service ignore the share. */
  open(address: TableAddress, share: Share): Promise<OpenWay>;
}

export type WayName =
  | 'reopened'
  | 'per-service'
  | 'pool'
  | 'single-sync'
  | 'single-async'
  | 'single-streamed'
  | 'single-records'
  | 'discard';

/** All ways, the slowest first. */
export const ways: readonly Way[] = [
  {
    name: 'reopened',
    label: 'per service, a socket and a family lookup for each command (as ipvsadm does)',
    short: 'per service, reopened',
    single: false,
    open: openReopened,
  },
  {
    name: 'per-service',
    label: 'per service, one socket',
    short: 'per service',
    single: false,
    open: openPerService,
  },
  {
    name: 'pool',
    label: `per service, ${POOL} sockets at a time`,
    short: `per service, ${POOL} sockets`,
    single: false,
    open: openPool,
  },
  {
    name: 'single-sync',
    label: 'single dump, synchronous',
    short: 'single dump',
    single: true,
    open: openSingle,
  },
  {
    name: 'single-async',
    label: 'single dump, asynchronous',
    short: 'single, async',
    single: true,
    open: openSingleAsync,
  },
  {
    name: 'single-streamed',
    label: 'single dump, streamed',
    short: 'single, streamed',
    single: true,
    open: openStreamed,
  },
  {
    name: 'single-records',
    label: 'single dump into records, synchronous',
    short: 'single, records',
    single: true,
    open: openRecords,
  },
  {
    name: 'discard',
    label: 'the same datagrams read and discarded: the lower bound',
    short: 'lower bound',
    single: true,
    open: openDiscarding,
  },
];

/** Returns the way with this name. Throws if there is none. */
export function wayNamed(name: string): Way {
  const found = ways.find((way) => way.name === name);
  if (found === undefined) throw new Error(`no way of reading is called ${name}`);
  return found;
}
