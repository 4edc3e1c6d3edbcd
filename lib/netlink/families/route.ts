import type { MessageWriter } from '../../../protocol/netlink/index.ts';
import type { InterfaceAddress, Link, Route } from '../../../protocol/route/index.ts';
import {
  ADDRESS_HEADER_LENGTH,
  decodeInterfaceAddress,
  decodeLink,
  decodeRoute,
  LINK_HEADER_LENGTH,
  ROUTE_HEADER_LENGTH,
  RouteFamily,
  RouteMessage,
} from '../../../protocol/route/index.ts';
import type { ListRequest } from '../request/request.ts';
import { dumpRequest } from '../request/request.ts';

/** Returns a request for every interface of the network namespace, for a NETLINK_ROUTE connection. */
export function listLinks(): ListRequest<Link> {
  return dumpRequest({
    command: 'GETLINK',
    type: RouteMessage.GET_LINK,
    encode: fixedHeader(LINK_HEADER_LENGTH, RouteFamily.UNSPECIFIED),
    decode: (message) => (message.type === RouteMessage.NEW_LINK ? decodeLink(message) : undefined),
  });
}

/** Returns a request for the addresses of all interfaces, of one address family or of all. */
export function listAddresses(family: number = RouteFamily.UNSPECIFIED): ListRequest<InterfaceAddress> {
  return dumpRequest({
    command: 'GETADDR',
    type: RouteMessage.GET_ADDRESS,
    encode: fixedHeader(ADDRESS_HEADER_LENGTH, family),
    decode: (message) =>
      message.type === RouteMessage.NEW_ADDRESS ? decodeInterfaceAddress(message) : undefined,
  });
}

/** Returns a request for the routes of all tables, of one address family or of all. */
export function listRoutes(family: number = RouteFamily.UNSPECIFIED): ListRequest<Route> {
  return dumpRequest({
    command: 'GETROUTE',
    type: RouteMessage.GET_ROUTE,
    encode: fixedHeader(ROUTE_HEADER_LENGTH, family),
    decode: (message) => (message.type === RouteMessage.NEW_ROUTE ? decodeRoute(message) : undefined),
  });
}

/**
 * Returns an encoder of the fixed header of these requests: the address family, then zeros, which select everything.
 */
function fixedHeader(length: number, family: number): (writer: MessageWriter) => void {
  return (writer) => {
    writer.u8(family);
    writer.reserve(length - 1);
  };
}
