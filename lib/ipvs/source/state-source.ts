import { NetlinkError } from '../../../protocol/netlink/index.ts';
import type { DesiredTable } from '../desired-file/desired-table.ts';

/** What a source of wanted states says: a state that replaces the one before, or why there is none. */
export type SourceEvent =
  | {
      readonly state: DesiredTable;
      /** Where it stands, such as `revision 12 of etcd`. */
      readonly from: string;
      /** Something unusual about it that does not make it wrong. */
      readonly warning?: string | undefined;
    }
  | { readonly problem: Error };

/** Where wanted states come from. */
export interface StateSource {
  /** As it was given, for messages. */
  readonly name: string;
  /** States and problems, as they come, until the signal says stop. Never rejects for the source's own problems. */
  events(signal: AbortSignal): AsyncGenerator<SourceEvent, void, void>;
  /** Has it read anew, and say what it finds whether that has changed or not. */
  reread(): void;
}

/** A source has no state to give: it is missing or empty, cannot be reached, or says two things at once. */
export class SourceError extends NetlinkError {
  readonly code = 'ERR_SOURCE';

  constructor(message: string | readonly string[], options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'SourceError';
  }
}
