import { IpvsNetlinkError } from '../../../protocol/netlink/index.ts';
import type { DesiredState } from '../plan/index.ts';

/**
 * An event of a source: a desired state, which replaces the previous one, or the reason why there is none.
 */
export type SourceEvent =
  | {
      readonly state: DesiredState;
      /** A description of its source, such as `revision 12 of etcd:KEY`. */
      readonly source: string;
      /** A warning about the state, which is valid nevertheless. */
      readonly warning?: string | undefined;
    }
  | { readonly problem: Error };

/** A source of desired states. */
export interface StateSource {
  /** Name as given by the user, for messages. */
  readonly name: string;
  /**
   * Yields states and problems until the signal is aborted. Never rejects because of a problem of the source.
   */
  events(signal: AbortSignal): AsyncGenerator<SourceEvent, void, void>;
  /** Reads the source again, and yields an event even if nothing changed. */
  reread(): void;
}

/** A source has no valid state: it is missing, empty or unreachable, or contradicts itself. */
export class SourceError extends IpvsNetlinkError {
  readonly code = 'ERR_SOURCE';

  constructor(message: string | readonly string[], options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'SourceError';
  }
}
