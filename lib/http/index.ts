export { listenAddressText, parseListenAddress } from './listen-address.ts';
export type { ResponseContent } from './response.ts';
export { HttpServer, type HttpServerOptions } from './server.ts';
export { sharedCall } from './shared-call.ts';
