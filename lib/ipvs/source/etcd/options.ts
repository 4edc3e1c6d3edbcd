import { FieldError } from '../../../../protocol/netlink/index.ts';
import type { FileFormat } from '../../desired-file/index.ts';

/** How etcd is reached. */
export interface EtcdOptions {
  /** Addresses of its members, such as `https://192.0.2.11:2379`: any will do. Default: `http://127.0.0.1:2379`. */
  readonly endpoints?: readonly string[] | undefined;
  /** File with the certificates of authorities, in PEM. Default: those that Node.js knows. */
  readonly caFile?: string | undefined;
  /** File with the certificate that etcd is shown, in PEM; goes with `keyFile`. */
  readonly certificateFile?: string | undefined;
  /** File with the key of that certificate, in PEM. */
  readonly keyFile?: string | undefined;
  /** A user of etcd; goes with `passwordFile`. */
  readonly user?: string | undefined;
  /** File with the user's password; a line end behind it does not count. */
  readonly passwordFile?: string | undefined;
  /** How values are written. Default: by the end of the key's name, or else by the text. */
  readonly format?: FileFormat | undefined;
  /** Milliseconds for an answer. Default: 5000. */
  readonly answerWithin?: number | undefined;
  /** Milliseconds between checks of a watch that says nothing. Default: 60 000. */
  readonly checkEvery?: number | undefined;
  /** The first wait after a failure, in milliseconds; each further one doubles it, up to 30 s. Default: 500. */
  readonly firstRetry?: number | undefined;
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:2379';

/** The endpoints of options as URLs. Throws a FieldError for one that is none, and for options that lack a partner. */
export function endpointsOf(options: EtcdOptions): readonly URL[] {
  const pairs = [
    ['certificateFile', 'keyFile'],
    ['keyFile', 'certificateFile'],
    ['user', 'passwordFile'],
    ['passwordFile', 'user'],
  ] as const;
  for (const [one, other] of pairs) {
    if (options[one] !== undefined && options[other] === undefined)
      throw new FieldError(other, undefined, `is missing: it goes with ${one}`);
  }
  const { endpoints = [DEFAULT_ENDPOINT] } = options;
  if (endpoints.length === 0) throw new FieldError('endpoints', endpoints, 'must name at least one');
  return endpoints.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
      throw new FieldError('endpoints', text, 'must be addresses such as https://192.0.2.11:2379');
    if (url.username !== '' || url.password !== '')
      throw new FieldError('endpoints', text, 'must hold no password: there is an option for its file');
    return url;
  });
}
