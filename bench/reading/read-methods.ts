import type { TableLocation } from '../kernels/table-location.ts';
import { openPerService, openPool, openSocketPerCommand, POOL_SIZE } from './per-service.ts';
import {
  openDiscarding,
  openRecords,
  openSingle,
  openSingleAsync,
  openStreamed,
} from './single-dump-readers.ts';
import type { Subset } from './subset.ts';
import type { TableReader } from './table-reader.ts';

/**
 * A method of reading the whole table: service by service, or with the single dump (the one command that returns
 * services with their destinations, see README).
 */
export interface ReadMethod {
  readonly name: ReadMethodName;
  readonly label: string;
  readonly shortLabel: string;
  /** Whether it needs a kernel with the single dump. */
  readonly needsSingleDump: boolean;
  /** Opens a reader of a table. Methods that do not read service by service ignore the subset. */
  open(location: TableLocation, subset: Subset): Promise<TableReader>;
}

export type ReadMethodName =
  | 'new-sockets'
  | 'per-service'
  | 'pool'
  | 'single-sync'
  | 'single-async'
  | 'single-streamed'
  | 'single-records'
  | 'discard';

/** All methods, the slowest first. */
export const methods: readonly ReadMethod[] = [
  {
    name: 'new-sockets',
    label: 'per service, a socket and a family lookup for each command (as ipvsadm does)',
    shortLabel: 'new socket each',
    needsSingleDump: false,
    open: openSocketPerCommand,
  },
  {
    name: 'per-service',
    label: 'per service, one socket',
    shortLabel: 'per service',
    needsSingleDump: false,
    open: openPerService,
  },
  {
    name: 'pool',
    label: `per service, ${POOL_SIZE} sockets at a time`,
    shortLabel: `per service, ${POOL_SIZE} sockets`,
    needsSingleDump: false,
    open: openPool,
  },
  {
    name: 'single-sync',
    label: 'single dump, synchronous',
    shortLabel: 'single dump',
    needsSingleDump: true,
    open: openSingle,
  },
  {
    name: 'single-async',
    label: 'single dump, asynchronous',
    shortLabel: 'single, async',
    needsSingleDump: true,
    open: openSingleAsync,
  },
  {
    name: 'single-streamed',
    label: 'single dump, streamed',
    shortLabel: 'single, streamed',
    needsSingleDump: true,
    open: openStreamed,
  },
  {
    name: 'single-records',
    label: 'single dump into records, synchronous',
    shortLabel: 'single, records',
    needsSingleDump: true,
    open: openRecords,
  },
  {
    name: 'discard',
    label: 'single dump, datagrams received but not decoded (lower bound)',
    shortLabel: 'lower bound',
    needsSingleDump: true,
    open: openDiscarding,
  },
];

/** Returns the method with this name. Throws an Error if there is none. */
export function readMethodNamed(name: string): ReadMethod {
  const found = methods.find((method) => method.name === name);
  if (found === undefined) throw new Error(`unknown read method: ${name}`);
  return found;
}
