import type { ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import type { DumpStrategy } from '../../ipvs/dump.ts';

/** The columns of a listing. Where several are asked for, the first named here wins. */
export interface ListingFormat {
  readonly columns: 'stats' | 'rate' | 'thresholds' | 'persistent-conn' | 'tun-info' | 'plain';
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly sorted: boolean;
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
      readonly service: ServiceKey | undefined;
    }
  | {
      readonly do: 'list-connections';
      readonly source: TableSource;
      readonly numeric: boolean;
      /** With the data of persistence engines. */
      readonly engineData: boolean;
      readonly json: JsonStyle | undefined;
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
