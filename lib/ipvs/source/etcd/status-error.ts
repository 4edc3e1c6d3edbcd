import { SourceError } from '../state-source.ts';
import { asJsonObject } from './json-object.ts';

/** Status code of gRPC for a token that is not accepted. */
const UNAUTHENTICATED = 16;
/** The error message for a signed token that is older than the last change of a user or role. */
const OLD_TOKEN = 'revision of auth store is old';
/** Maximum length of a non-JSON body that is quoted in a message, in characters. */
const MAXIMUM_QUOTE = 200;

/** etcd, or a proxy in front of it, responded with an HTTP status other than 200. */
export class EtcdStatusError extends SourceError {
  /** The status code of gRPC; undefined if the response was not in etcd's format. */
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined) {
    super(message);
    this.name = 'EtcdStatusError';
    this.status = status;
  }

  /** Whether the request may succeed with a new token. */
  get needsNewToken(): boolean {
    return this.status === UNAUTHENTICATED || this.message.includes(OLD_TOKEN);
  }
}

/** Returns the error for a response with an HTTP status other than 200. */
export function statusError(httpStatus: number, text: string): EtcdStatusError {
  try {
    const body = asJsonObject(JSON.parse(text));
    const message = body.message ?? body.error;
    const status = typeof body.code === 'number' ? body.code : undefined;
    if (typeof message === 'string') return new EtcdStatusError(message, status);
  } catch {
    // Some errors of etcd are plain text, and a proxy may send anything.
  }
  const [line = ''] = text.trim().split('\n');
  const quoted = line === '' || line.startsWith('<') ? '' : `: ${line.slice(0, MAXIMUM_QUOTE)}`;
  return new EtcdStatusError(
    `responded with HTTP status ${httpStatus}${quoted}${hintOf(httpStatus, line)}`,
    undefined,
  );
}

function hintOf(httpStatus: number, line: string): string {
  if (httpStatus === 404) return '; etcd 3.4 or newer is needed, with its gRPC gateway';
  if (line.startsWith('CommonName of client'))
    return "; with authentication on, etcd's gRPC gateway rejects client certificates that have a common name (CN)";
  return '';
}

/** Hints by the code of an error of Node.js. */
const HINTS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the CA of etcd's certificate is not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "the CA of etcd's certificate is not trusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the CA of etcd's certificate is not trusted",
};

/** Says why a request to an endpoint failed. */
export function reasonOf(error: unknown, endpoint: URL): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SyntaxError) return 'the response is not JSON';
  // Node tries every address of a host and reports an error for each.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0], endpoint);
  // OpenSSL error messages include the C source line; `reason` does not, but Node 20 does not set it on
  // EPROTO.
  const { code = '', reason = error.message } = error as { readonly code?: string; readonly reason?: string };
  const problem = code === 'EPROTO' || code.startsWith('ERR_SSL_') ? `TLS: ${reason}` : error.message;
  const hint = hintOfError(code, endpoint);
  return hint === undefined ? problem : `${problem}; ${hint}`;
}

function hintOfError(code: string, { protocol }: URL): string | undefined {
  if (/ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_REQUIRED)$/.test(code))
    return 'etcd requires a client certificate that it can verify';
  if (code === 'EPROTO') return 'this endpoint may speak http, not https';
  if (code === 'ECONNRESET' && protocol === 'http:') return 'this endpoint may speak https, not http';
  return HINTS[code];
}
