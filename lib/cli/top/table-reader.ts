import type { ServiceKey, ServiceRecords } from '../../../protocol/ipvs/index.ts';

/** Where `ipvs top` reads. */
export interface TableReader {
  /** Whether it is always the same: a capture. */
  readonly isFixed: boolean;
  /** The table, or one service of it. */
  read(service: ServiceKey | undefined): Promise<ServiceRecords>;
}
