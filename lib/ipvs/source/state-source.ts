import { NetlinkError } from '../../../protocol/netlink/index.ts';
import type { DesiredTable } from '../plan/index.ts';

/** An event of a source: a desired state that replaces the one before, or the error that prevents one. */
export type SourceEvent =
  | {
      readonly state: DesiredTable;
      /** Description of its origin, such as `revision 12 of etcd`. */
      readonly from: string;
      /** A warning about a state that is valid nevertheless. */
      readonly warning?: string | undefined;
    }
  | { readonly problem: Error };

/** A source of desired states. */
export interface StateSource {
  /** Name of the source, for messages. */
  readonly name: string;
  /** Yields states and errors until the signal is aborted. Does not reject for errors of the source. */
  events(signal: AbortSignal): AsyncGenerator<SourceEvent, void, void>;
  /** Makes the source read its state again and yield it, whether it has changed or not. */
  reread(): void;
}

/** A source has no valid state: it is missing, empty, unreachable or contradictory. */
export class SourceError extends NetlinkError {
  readonly code = 'ERR_SOURCE';

  constructor(message: string | readonly string[], options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'SourceError';
  }
}
