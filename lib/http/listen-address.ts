import { FieldError } from '../../protocol/netlink/index.ts';

/** The address that a server listens on. */
export interface ListenAddress {
  /** Address or host name. */
  readonly host: string;
  /** TCP port, 0-65535; with 0 the kernel chooses one. */
  readonly port: number;
}

/** Default host of a server: one that other machines cannot reach. */
const LOOPBACK = '127.0.0.1';
const PATTERN = /^(?:(?:\[(?<ipv6>[0-9a-f:.]+(?:%[\w.-]+)?)\]|(?<name>[\w.-]+))?:)?(?<port>\d{1,5})$/i;

/**
 * Parses `HOST:PORT` or `[IPV6]:PORT`; `:PORT` and `PORT` mean 127.0.0.1. Throws a FieldError that names
 * `field`.
 */
export function parseListenAddress(field: string, text: string): ListenAddress {
  const { ipv6, name, port } = PATTERN.exec(text)?.groups ?? {};
  if (port === undefined)
    throw new FieldError(field, text, 'must be HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080');
  if (Number(port) > 65535) throw new FieldError(field, text, 'must have a port from 0 to 65535');
  return { host: ipv6 ?? name ?? LOOPBACK, port: Number(port) };
}

/** Formats an address as `HOST:PORT` or `[IPV6]:PORT`. */
export function listenAddressText({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
