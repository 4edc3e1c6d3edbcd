import type { Protocol, ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import type { DumpStrategy } from '../../ipvs/dump.ts';
import type { ConnectionFilter } from '../../ipvs/proc/index.ts';

/** A filter for a listing of the table. */
export interface TableFilter {
  /** Selects services with this protocol and address, on any port. */
  readonly address: { readonly protocol: Protocol; readonly address: string } | undefined;
  /** Selects real servers with this address, and port if it is given. */
  readonly server: { readonly address: string; readonly port: number | undefined } | undefined;
  /** Selects real servers with this weight. */
  readonly weight: number | undefined;
}

/** What connections are counted by. */
export type CountKey = 'client' | 'destination' | 'state';

/**
 * What services and real servers are sorted by: by address, ascending as in ipvsadm; or, descending, by active
 * connections (`conns`), new connections per second (`rate`), bytes per second in both directions (`bytes`), or
 * connections so far (`total`).
 */
export type SortKey = 'address' | 'conns' | 'rate' | 'bytes' | 'total';

/** The format of a listing of the table. */
export interface ListingFormat {
  /** The columns. If options request several of these, the first one here wins; `default` if none is requested. */
  readonly columns: 'stats' | 'rate' | 'thresholds' | 'persistent-conn' | 'tun-info' | 'default';
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly sorted: boolean;
  /** The sort key, if the listing is sorted. */
  readonly sortKey: SortKey;
  /** Whether columns are as wide as their longest value, so that nothing is truncated. */
  readonly wide: boolean;
  /** Whether the output is the same as ipvsadm 1.31's, its bugs included. */
  readonly compat: boolean;
}

/**
 * How counters are written in JSON: as decimal strings, which every parser reads exactly, or as numbers. The property
 * `json` of a command is undefined if its output is not JSON.
 */
export type JsonCounterFormat = 'strings' | 'numbers';

/** A fake kernel. Without a file its table is empty at first and discarded at the end of the command. */
interface FakeSource {
  /** Path of the file with its table. */
  readonly file: string | undefined;
}

/** Where the table is (in a kernel, a capture or a fake kernel), and how it is dumped. */
export interface TableLocation {
  /** Path of a network namespace. */
  readonly netns: string | undefined;
  /** Path of a capture to read instead of the kernel. */
  readonly from: string | undefined;
  /** A fake kernel instead of the real one. */
  readonly fake?: FakeSource | undefined;
  readonly strategy: DumpStrategy;
}

/** A parsed command line. */
export type Command =
  | { readonly do: 'help' }
  | { readonly do: 'version' }
  | {
      readonly do: 'list-table';
      readonly location: TableLocation;
      readonly format: ListingFormat;
      readonly json: JsonCounterFormat | undefined;
      /** Whether JSON is written as one object per line. */
      readonly jsonLines: boolean;
      readonly service: ServiceKey | undefined;
      readonly filter: TableFilter | undefined;
    }
  | {
      readonly do: 'list-connections';
      readonly location: TableLocation;
      readonly numeric: boolean;
      /** Whether the data of persistence engines is listed. */
      readonly engineData: boolean;
      readonly json: JsonCounterFormat | undefined;
      /** Whether JSON is written as one object per line. */
      readonly jsonLines: boolean;
      readonly filter: ConnectionFilter;
      readonly countBy: CountKey | undefined;
    }
  | {
      readonly do: 'list-timeouts' | 'list-daemons';
      readonly location: TableLocation;
      readonly json: JsonCounterFormat | undefined;
    }
  | {
      readonly do: 'save';
      readonly location: TableLocation;
      readonly numeric: boolean;
      /** Whether timeouts and sync daemons are saved, too. */
      readonly lossless: boolean;
      readonly compat: boolean;
      readonly json: JsonCounterFormat | undefined;
    }
  | {
      readonly do: 'restore';
      readonly location: TableLocation;
      /** Whether errors are only reported and nothing is changed. */
      readonly check: boolean;
      /** Whether invalid lines are skipped and the others executed. */
      readonly keepGoing: boolean;
      readonly compat: boolean;
    }
  | {
      readonly do: 'change';
      readonly location: TableLocation;
      readonly change: BatchOperation;
      /** A warning about an option that has no effect, for standard error. */
      readonly warning: string | undefined;
    };
