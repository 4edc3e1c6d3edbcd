import type { DestinationDefinition } from '../../../protocol/ipvs/index.ts';
import type { BatchOperation } from '../../ipvs/batch-operations.ts';
import type { DesiredState } from '../../ipvs/plan/index.ts';
import type { SysctlName } from '../../ipvs/proc/index.ts';

/**
 * Returns the operations that create a desired state in an IPVS without any configuration. The state must have been
 * parsed with the option `isTableEmpty`, which guarantees that every destination has a forwarding method.
 */
export function operationsFor({
  services,
  timeouts,
  daemons = [],
  sysctls = {},
}: DesiredState): BatchOperation[] {
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
