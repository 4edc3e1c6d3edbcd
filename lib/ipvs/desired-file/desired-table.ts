import type { Daemon, Timeouts } from '../../../protocol/ipvs/index.ts';
import type { DesiredState } from '../plan/desired-state.ts';

/** The content of a desired file: the services, and the settings beside them that it names. */
export interface DesiredTable {
  /** The services with their destinations. */
  readonly services: DesiredState;
  /**
   * What people call the services, by their keys as text such as `tcp 192.0.2.1:80` (see `serviceKeyText`). Absent where
   * the file has no names.
   */
  readonly names?: ReadonlyMap<string, string> | undefined;
  /** Absent where the file does not name them: they stay as they are. */
  readonly timeouts?: Timeouts | undefined;
  /** Every sync daemon that is to run. Absent where the file does not name them. */
  readonly daemons?: readonly Daemon[] | undefined;
}
