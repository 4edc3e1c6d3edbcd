/**
 * Netlink and generic netlink for any family: sockets, connections, requests and their errors.
 *
 * @module ipvs-netlink/netlink
 */
export type {
  FamilyOperation,
  GenericFamily,
  MulticastGroup,
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
export type { DescribedAttribute } from './describe/describe-attributes.ts';
export { describeLines } from './describe/describe-lines.ts';
export type { DescribedMessage, DescribeOptions } from './describe/describe-message.ts';
export { describeMessage } from './describe/describe-message.ts';
export type { FamilySpec } from './describe/family-spec.ts';
export { Connection } from './netlink/connection/connection.ts';
export type { ConnectionOptions } from './netlink/connection/connection-options.ts';
export { ConnectionSync } from './netlink/connection/connection-sync.ts';
export type { RequestOptions } from './netlink/connection/lifetime.ts';
export * from './netlink/errors.ts';
export type { ConnectionStatistics } from './netlink/exchange/statistics.ts';
export { FamilyDirectory, getFamily, listFamilies } from './netlink/families/family-directory.ts';
export type { GenericNetlinkOptions } from './netlink/families/generic-netlink.ts';
export { GenericNetlink, GenericNetlinkSync } from './netlink/families/generic-netlink.ts';
export type { GenericReply, GenericRequest } from './netlink/families/generic-request.ts';
export { genericRequest } from './netlink/families/generic-request.ts';
export { listAddresses, listLinks, listRoutes } from './netlink/families/route.ts';
export { attributePathIn } from './netlink/request/attribute-path.ts';
export type { Call, Explanation } from './netlink/request/call.ts';
export type { Operation, Step } from './netlink/request/operation.ts';
export { Delivery, DumpStream, perform, performAll, streamDump } from './netlink/request/operation.ts';
export type { Outcome } from './netlink/request/outcome.ts';
export type { RequestDescription } from './netlink/request/request.ts';
export { doRequest, dumpRequest, ListRequest } from './netlink/request/request.ts';
export type { MulticastOptions, Notification } from './netlink/socket/multicast.ts';
export { MulticastListener } from './netlink/socket/multicast.ts';
export type { NetlinkSocketOptions } from './netlink/socket/socket.ts';
export { NetlinkSocket } from './netlink/socket/socket.ts';
export type { Transport } from './netlink/socket/transport.ts';
