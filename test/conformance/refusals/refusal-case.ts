import type { constants } from 'node:os';
import type { DestinationDefinition, ServiceDefinition } from '../../../lib/index.ts';
import { type AnyIpvs, type Given, write } from '../subject.ts';

/** One refusal: what is tried after what is there, and everything that the error should say. */
export interface RefusalCase {
  readonly title: string;
  readonly prepare?: (client: AnyIpvs, given: Given) => unknown;
  readonly attempt: (client: AnyIpvs, given: Given) => unknown;
  readonly errno: keyof typeof constants.errno;
  readonly command: string;
  readonly object: string;
  /** What its message says besides. */
  readonly says: RegExp;
}

export const service: ServiceDefinition = {
  protocol: 'tcp',
  address: '192.0.2.1',
  port: 80,
  scheduler: 'wlc',
};
export const service6: ServiceDefinition = {
  protocol: 'tcp',
  address: '2001:db8::1',
  port: 80,
  scheduler: 'wlc',
};
export const marked: ServiceDefinition = { mark: 4294967295, family: 'ipv6', scheduler: 'wlc' };
export const server: DestinationDefinition = { address: '198.51.100.1', port: 8080, forwarding: 'masq' };
export const server6: DestinationDefinition = { address: '2001:db8:5::1', port: 80, forwarding: 'tunnel' };
export const SERVICE = 'service tcp 192.0.2.1:80';
export const SERVER: string = `destination 198.51.100.1:8080 of ${SERVICE}`;
export const SERVER6: string = `destination [2001:db8:5::1]:80 of ${SERVICE}`;

export const withService = (client: AnyIpvs): unknown => write(client, service);
export const withServer = (client: AnyIpvs): unknown => write(client, service, [server]);
export const withMaster = (client: AnyIpvs, given: Given): unknown =>
  client.startDaemon({ role: 'master', interface: given.interface, syncId: 1 });

/** A number that the typed fields cannot hold, as an attribute that follows them and wins. */
export function overriding(type: number, ...bytes: number[]): object {
  return { unknown: [{ type, bytes: Uint8Array.from(bytes) }] };
}
