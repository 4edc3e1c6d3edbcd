import { FieldError } from '../../../../protocol/netlink/index.ts';
import type { FileFormat } from '../../desired-file/index.ts';

/** Options of `EtcdSource`. */
export interface EtcdOptions {
  /**
   * URLs of etcd's members, such as `https://192.0.2.11:2379`; any one that responds is used. Default:
   * `http://127.0.0.1:2379`.
   */
  readonly endpoints?: readonly string[] | undefined;
  /** File with the certificates of trusted CAs, in PEM. Default: those that Node.js trusts. */
  readonly caFile?: string | undefined;
  /** File with the client certificate, in PEM; requires `keyFile`. */
  readonly certificateFile?: string | undefined;
  /** File with the private key of the client certificate, in PEM. */
  readonly keyFile?: string | undefined;
  /** Name of an etcd user; requires `passwordFile`. */
  readonly user?: string | undefined;
  /** File with the user's password; a trailing newline is ignored. */
  readonly passwordFile?: string | undefined;
  /** Format of the values. Default: by the suffix of the key, or else by the text. */
  readonly format?: FileFormat | undefined;
  /** Timeout for a response, in milliseconds. Default: 5000. */
  readonly timeout?: number | undefined;
  /** Interval at which a watch without events is checked, in milliseconds. Default: 60 000. */
  readonly checkEvery?: number | undefined;
  /**
   * Delay after the first failure, in milliseconds; it doubles with each further failure, up to 30 s.
   * Default: 500.
   */
  readonly firstRetryDelay?: number | undefined;
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:2379';

/**
 * Returns the endpoints of options as URLs. Throws a FieldError for an invalid URL, or if an option that another one
 * requires is missing.
 */
export function endpointsOf(options: EtcdOptions): readonly URL[] {
  const pairs = [
    ['certificateFile', 'keyFile'],
    ['keyFile', 'certificateFile'],
    ['user', 'passwordFile'],
    ['passwordFile', 'user'],
  ] as const;
  for (const [one, other] of pairs) {
    if (options[one] !== undefined && options[other] === undefined)
      throw new FieldError(other, undefined, `is missing: ${one} requires it`);
  }
  const { endpoints = [DEFAULT_ENDPOINT] } = options;
  if (endpoints.length === 0) throw new FieldError('endpoints', endpoints, 'must name at least one');
  return endpoints.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
      throw new FieldError('endpoints', text, 'must be URLs such as https://192.0.2.11:2379');
    if (url.username !== '' || url.password !== '')
      throw new FieldError(
        'endpoints',
        text,
        'must not contain a password: passwordFile names the file with it',
      );
    return url;
  });
}
