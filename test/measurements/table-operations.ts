import { uniformTable } from '../../bench/tables/table-kinds.ts';
import type { BatchOperation } from '../../lib/index.ts';

/**
 * Operations that add TCP services with `destinations` each, by the rules of the benchmark published in 2020
 * (see `publishedTables`).
 */
export function uniformOperations(services: number, destinations: number): BatchOperation[] {
  return [...uniformTable(services, 0, destinations)].flatMap(([service, definitions]): BatchOperation[] => [
    { do: 'add-service', service },
    ...definitions.map((destination): BatchOperation => ({ do: 'add-destination', service, destination })),
  ]);
}
