import type { ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import type { DumpStrategy } from '../../ipvs/dump.ts';

/** What a table is listed with. Where several columns are asked for, the first named here wins. */
export interface ListingFormat {
  readonly columns: 'stats' | 'rate' | 'thresholds' | 'persistent-conn' | 'tun-info' | 'plain';
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly sorted: boolean;
  /** The bytes that ipvsadm 1.31 gives even where it is wrong. */
  readonly compat: boolean;
}

/** Where the table is read. */
export interface Source {
  /** Path of a network namespace. */
  readonly netns: string | undefined;
  /** Path of a capture to read instead of asking the kernel. */
  readonly from: string | undefined;
  readonly strategy: DumpStrategy;
}

/** A command line that was understood. */
export type Command =
  | { readonly do: 'help' }
  | { readonly do: 'version' }
  | {
      readonly do: 'list-table';
      readonly source: Source;
      readonly format: ListingFormat;
      readonly json: boolean;
      readonly service: ServiceKey | undefined;
    }
  | {
      readonly do: 'list-connections';
      readonly source: Source;
      readonly numeric: boolean;
      /** With the data of persistence engines. */
      readonly engineData: boolean;
      readonly json: boolean;
    }
  | { readonly do: 'list-timeouts' | 'list-daemons'; readonly source: Source; readonly json: boolean }
  | {
      readonly do: 'save';
      readonly source: Source;
      readonly numeric: boolean;
      readonly lossless: boolean;
      readonly compat: boolean;
      readonly json: boolean;
    }
  | {
      readonly do: 'restore';
      readonly source: Source;
      readonly check: boolean;
      readonly keepGoing: boolean;
      readonly compat: boolean;
    }
  | {
      readonly do: 'change';
      readonly source: Source;
      readonly change: BatchOperation;
      /** What messages about the change begin with: the options as they were typed. */
      readonly typed: ReadonlyMap<string, string>;
    };
