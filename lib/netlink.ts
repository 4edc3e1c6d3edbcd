/**
 * Netlink and generic netlink for any family: sockets, connections, requests and their errors.
 *
 * @module ipvs-netlink/netlink
 */
export type {
  GenericFamily,
  MulticastGroup,
  Operation as FamilyOperation,
} from '../protocol/genetlink/index.ts';
export {
  beginGenericMessage,
  decodeFamily,
  genericHeader,
  genericPayload,
  OperationFlag,
} from '../protocol/genetlink/index.ts';
export * from '../protocol/netlink/index.ts';
export * from '../protocol/route/index.ts';
export { attributePathIn } from './attribute-path.ts';
export type { Call } from './call.ts';
export type { RequestOptions } from './connection.ts';
export { Connection } from './connection.ts';
export type { ConnectionOptions } from './connection-options.ts';
export type { RequestOptionsSync } from './connection-sync.ts';
export { ConnectionSync } from './connection-sync.ts';
export * from './errors.ts';
export type { GenericNetlinkOptions } from './generic-netlink.ts';
export {
  FamilyDirectory,
  GenericNetlink,
  GenericNetlinkSync,
  getFamily,
  listFamilies,
} from './generic-netlink.ts';
export type { MulticastOptions, Notification } from './multicast.ts';
export { MulticastListener } from './multicast.ts';
export type { Operation, Step } from './operation.ts';
export { perform, performAll } from './operation.ts';
export type { Outcome } from './outcome.ts';
export type { RequestDescription } from './request.ts';
export { doRequest, ListRequest, listRequest } from './request.ts';
export { listAddresses, listLinks, listRoutes } from './route.ts';
export type { NetlinkSocketOptions } from './socket.ts';
export { NetlinkSocket } from './socket.ts';
export type { ConnectionStatistics } from './statistics.ts';
export type { Transport } from './transport.ts';
