export type { DesiredSysctls, SysctlName, SysctlValue } from '../../../protocol/ipvs/fields/sysctls.ts';
export type { ConnectionFilter, EndpointFilter } from './connection-filter.ts';
export type { ConnectionEndpoint, ConnectionEntry } from './connection-row.ts';
export { type ConnectionsOptions, connections } from './connections.ts';
export type { ProcOptions } from './proc-file.ts';
export { readStatistics } from './statistics.ts';
export { type HashTable, readStatus, type Status } from './status.ts';
export { SysctlError, type SysctlFiles, type WithSysctls } from './sysctl-files.ts';
export { readSysctls, type Sysctls } from './sysctls.ts';
