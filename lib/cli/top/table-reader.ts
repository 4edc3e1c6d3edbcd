import type { ServiceKey, ServiceRecords } from '../../../protocol/ipvs/index.ts';

/** Reads the table for `ipvs top`. */
export interface TopReader {
  /** Whether the table never changes, because it is in a capture. */
  readonly isFixed: boolean;
  /** Reads the table, or one service. */
  read(service: ServiceKey | undefined): Promise<ServiceRecords>;
}
