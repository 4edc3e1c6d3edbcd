import type { DestinationDefinition } from '../../../protocol/ipvs/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import type { DesiredTable } from '../../ipvs/plan/index.ts';
import type { SysctlName } from '../../ipvs/proc/index.ts';

/**
 * Returns the operations that create a table when IPVS has no configuration yet. Parse the table with `isTableEmpty`;
 * this guarantees that every destination has a forwarding method.
 */
export function operationsFor({
  services,
  timeouts,
  daemons = [],
  sysctls = {},
}: DesiredTable): BatchOperation[] {
  return [
    ...Object.entries(sysctls).flatMap(([name, value]): BatchOperation[] =>
      value === undefined ? [] : [{ do: 'set-sysctl', name: name as SysctlName, value }],
    ),
    ...services.flatMap((service): BatchOperation[] => [
      { do: 'add-service', service },
      ...service.destinations.map(
        (destination): BatchOperation => ({
          do: 'add-destination',
          service,
          destination: destination as DestinationDefinition,
        }),
      ),
    ]),
    ...(timeouts === undefined ? [] : [{ do: 'set-timeouts' as const, timeouts }]),
    ...daemons.map((daemon): BatchOperation => ({ do: 'start-daemon', daemon })),
  ];
}
