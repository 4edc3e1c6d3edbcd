/** The settings of a service that an update must name. */
// biome-ignore format: a list
export const SERVICE_UPDATE: readonly string[] = ['scheduler', 'persistence', 'onePacket', 'schedulerFlags', 'persistenceEngine'];
/** The settings of a destination that an update must name. */
// biome-ignore format: a list
export const DESTINATION_UPDATE: readonly string[] = ['forwarding', 'weight', 'upperThreshold', 'lowerThreshold', 'tunnel'];
/** The settings of a service. */
export const SERVICE_SETTINGS: ReadonlySet<string> = new Set([...SERVICE_UPDATE, 'otherFlags', 'unknown']);
/** The settings of a destination. */
export const DESTINATION_SETTINGS: ReadonlySet<string> = new Set([...DESTINATION_UPDATE, 'unknown']);
/** The fields of a service, those included that are only read. */
export const SERVICE_NAMES: ReadonlySet<string> = new Set([
  ...['family', 'protocol', 'address', 'port', 'mark', ...SERVICE_SETTINGS, 'destinations', 'counters'],
]);
/** The fields of a destination, those included that are only read. */
export const DESTINATION_NAMES: ReadonlySet<string> = new Set([
  ...['family', 'address', 'port', ...DESTINATION_SETTINGS, 'counters'],
  ...['activeConnections', 'inactiveConnections', 'persistentConnections'],
]);
/** The fields of persistence. */
export const PERSISTENCE_NAMES: ReadonlySet<string> = new Set(['timeout', 'netmask', 'prefixLength']);
/** The fields of a tunnel. */
export const TUNNEL_NAMES: ReadonlySet<string> = new Set(['type', 'port', 'checksum']);
