export type { Answer } from './answer.ts';
export { listenAddressText, parseListenAddress } from './listen-address.ts';
export { PageServer, type PageServerOptions } from './server.ts';
export { sharedCall } from './shared-call.ts';
