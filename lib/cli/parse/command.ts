import type { Protocol, ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import type { DumpStrategy } from '../../ipvs/dump.ts';
import type { ConnectionFilter } from '../../ipvs/proc/index.ts';

/** What a listing of the table is to have. */
export interface TableFilter {
  /** Services of this protocol and address, whatever their ports. */
  readonly address: { readonly protocol: Protocol; readonly address: string } | undefined;
  /** Real servers of this address, and port where one is given. */
  readonly server: { readonly address: string; readonly port: number | undefined } | undefined;
  /** Real servers of this weight. */
  readonly weight: number | undefined;
}

/** What connections are counted by. */
export type CountKey = 'client' | 'destination' | 'state';

/** What services and real servers are sorted by, the largest first; `address` as ipvsadm does. */
export type SortKey = 'address' | 'conns' | 'rate' | 'bytes' | 'total';

/** The columns of a listing. Where several are asked for, the first named here wins. */
export interface ListingFormat {
  readonly columns: 'stats' | 'rate' | 'thresholds' | 'persistent-conn' | 'tun-info' | 'plain';
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly sorted: boolean;
  /** What is sorted by where it is. */
  readonly sortKey: SortKey;
  /** Columns are as wide as what stands in them, and nothing is cut off. */
  readonly wide: boolean;
  /** Whether the output is that of ipvsadm 1.31 even where it is wrong. */
  readonly compat: boolean;
}

/** How JSON shows counters: as decimal text, which every reader takes exactly, or as numbers. */
export type JsonStyle = 'text' | 'numbers';

/** A fake kernel: empty at first, and gone with the command, unless a file holds its table. */
export interface FakeSource {
  readonly file: string | undefined;
}

/** Where the table is read. */
export interface TableSource {
  /** Path of a network namespace. */
  readonly netns: string | undefined;
  /** Path of a capture to read instead of asking the kernel. */
  readonly from: string | undefined;
  /** A fake kernel instead of the real one. */
  readonly fake?: FakeSource | undefined;
  readonly strategy: DumpStrategy;
}

/** A command line that has been parsed. */
export type Command =
  | { readonly do: 'help' }
  | { readonly do: 'version' }
  | {
      readonly do: 'list-table';
      readonly source: TableSource;
      readonly format: ListingFormat;
      readonly json: JsonStyle | undefined;
      /** JSON is an object a line. */
      readonly lines: boolean;
      readonly service: ServiceKey | undefined;
      readonly filter: TableFilter | undefined;
    }
  | {
      readonly do: 'list-connections';
      readonly source: TableSource;
      readonly numeric: boolean;
      /** With the data of persistence engines. */
      readonly engineData: boolean;
      readonly json: JsonStyle | undefined;
      /** JSON is an object a line. */
      readonly lines: boolean;
      readonly filter: ConnectionFilter;
      readonly countBy: CountKey | undefined;
    }
  | {
      readonly do: 'list-timeouts' | 'list-daemons';
      readonly source: TableSource;
      readonly json: JsonStyle | undefined;
    }
  | {
      readonly do: 'save';
      readonly source: TableSource;
      readonly numeric: boolean;
      readonly lossless: boolean;
      readonly compat: boolean;
      readonly json: JsonStyle | undefined;
    }
  | {
      readonly do: 'restore';
      readonly source: TableSource;
      readonly check: boolean;
      readonly keepGoing: boolean;
      readonly compat: boolean;
    }
  | {
      readonly do: 'change';
      readonly source: TableSource;
      readonly change: BatchOperation;
      /** Warnings for standard error about options that have another effect than written. */
      readonly note: string | undefined;
    };
