import type { constants } from 'node:os';
import type { DestinationDefinition, ServiceDefinition } from '../../../lib/index.ts';
import { type AnyIpvs, addServiceWithDestinations, type SubjectWithClient } from '../subject.ts';

/** A request that the kernel refuses, and what its error must contain. */
export interface RefusalCase {
  readonly title: string;
  /** Brings the kernel into the state that the request needs. */
  readonly prepare?: (client: AnyIpvs, subject: SubjectWithClient) => unknown;
  /** Sends the request. */
  readonly attempt: (client: AnyIpvs, subject: SubjectWithClient) => unknown;
  readonly errno: keyof typeof constants.errno;
  /** The name of the command in the error. */
  readonly command: string;
  /** How the error names what the request is about, such as a service. */
  readonly object: string;
  /** What the error's message must match. */
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
/** How errors name the service and the destinations above. */
export const SERVICE_TEXT = 'service tcp 192.0.2.1:80';
export const SERVER_TEXT: string = `destination 198.51.100.1:8080 of ${SERVICE_TEXT}`;
export const SERVER6_TEXT: string = `destination [2001:db8:5::1]:80 of ${SERVICE_TEXT}`;

export const withService = (client: AnyIpvs): unknown => addServiceWithDestinations(client, service);
export const withServer = (client: AnyIpvs): unknown => addServiceWithDestinations(client, service, [server]);
export const startMasterDaemon = (client: AnyIpvs, subject: SubjectWithClient): unknown =>
  client.startDaemon({ role: 'master', interface: subject.interface, syncId: 1 });

/**
 * Returns a raw attribute of a setting with a value that its field does not accept. It follows the field's own
 * attribute, and the kernel uses the last one.
 */
export function overridingAttribute(type: number, ...bytes: number[]): object {
  return { unknown: [{ type, bytes: Uint8Array.from(bytes) }] };
}
