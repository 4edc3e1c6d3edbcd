import type { DestinationKey } from './destination.ts';
import { namesByNumber, PROTOCOL_NUMBERS, type Protocol } from './names.ts';
import type { ServiceKey } from './service.ts';

/**
 * Returns the key of a service as text, equal for equal keys if their addresses are canonical:
 * `tcp 10.0.0.1:80`, `udp [2001:db8::1]:53`, `mark 7`, `mark 7 ipv6`.
 */
export function serviceKeyText(key: ServiceKey): string {
  if (key.mark !== undefined) return key.family === 'ipv6' ? `mark ${key.mark} ipv6` : `mark ${key.mark}`;
  return `${protocolText(key.protocol)} ${endpointText(key.address, key.port)}`;
}

/** Returns the key of a destination as text: `10.0.0.2:80`, `[2001:db8::2]:80`. */
export function destinationKeyText(key: DestinationKey): string {
  return endpointText(key.address, key.port);
}

const PROTOCOLS = namesByNumber(PROTOCOL_NUMBERS);

function protocolText(protocol: Protocol): string {
  return typeof protocol === 'number' ? (PROTOCOLS[protocol] ?? `protocol ${protocol}`) : protocol;
}

function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
