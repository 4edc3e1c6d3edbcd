export { addressText, hardwareAddress } from './address-text.ts';
export {
  ADDRESS_HEADER_LENGTH,
  LINK_HEADER_LENGTH,
  ROUTE_HEADER_LENGTH,
  RouteFamily,
  RouteMessage,
  routeAttributes,
  routeCodec,
} from './attributes.ts';
export * from './links.ts';
export * from './routes.ts';
