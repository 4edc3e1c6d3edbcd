import { SourceError } from '../state-source.ts';
import { asMessage } from './message.ts';

/** gRPC status of a token that is not accepted. */
const UNAUTHENTICATED = 16;
/** etcd's message for a signed token that is older than the last change of a user or role. */
const OLD_TOKEN = 'revision of auth store is old';
/** Maximum length of a non-JSON body that is quoted in a message, in characters. */
const MAXIMUM_QUOTE = 200;

/** etcd rejected the request. */
export class EtcdRefusal extends SourceError {
  /** The gRPC status; undefined if the response is not etcd's. */
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined) {
    super(message);
    this.name = 'EtcdRefusal';
    this.status = status;
  }

  /** Whether the same request may succeed with a new token. */
  get wantsNewToken(): boolean {
    return this.status === UNAUTHENTICATED || this.message.includes(OLD_TOKEN);
  }
}

/** Returns the error for a response with another HTTP status than 200. */
export function refusal(httpStatus: number, text: string): EtcdRefusal {
  try {
    const answer = asMessage(JSON.parse(text));
    const words = answer.message ?? answer.error;
    const status = typeof answer.code === 'number' ? answer.code : undefined;
    if (typeof words === 'string') return new EtcdRefusal(words, status);
  } catch {
    // Some error responses of etcd are plain text, and those of a proxy can be anything.
  }
  const [line = ''] = text.trim().split('\n');
  const words = line === '' || line.startsWith('<') ? '' : `: ${line.slice(0, MAXIMUM_QUOTE)}`;
  return new EtcdRefusal(
    `answered with HTTP status ${httpStatus}${words}${hintOf(httpStatus, line)}`,
    undefined,
  );
}

function hintOf(httpStatus: number, line: string): string {
  if (httpStatus === 404) return '; etcd 3.4 or newer is needed, with its gRPC gateway';
  if (line.startsWith('CommonName of client'))
    return "; with authentication on, etcd's gRPC gateway rejects client certificates that have a common name (CN)";
  return '';
}

/** Hints for error codes of Node.js. */
const HINTS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the CA of etcd's certificate is not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "the CA of etcd's certificate is not trusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the CA of etcd's certificate is not trusted",
};

/** Describes why a request to an endpoint failed. */
export function reasonOf(error: unknown, endpoint: URL): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SyntaxError) return 'the response is not JSON';
  // Node tries every address of a host, and reports an error for each.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0], endpoint);
  // OpenSSL error messages include the C source line; `reason` does not. Node 20 has none for EPROTO.
  const { code = '', reason = opensslReason(error.message) } = error as Error & {
    readonly code?: string;
    readonly reason?: string;
  };
  const words = code === 'EPROTO' || code.startsWith('ERR_SSL_') ? `TLS: ${reason}` : error.message;
  const hint = hintOfError(code, endpoint);
  return hint === undefined ? words : `${words}; ${hint}`;
}

/**
 * Extracts the reason from an OpenSSL error message, such as `write EPROTO 40A7:error:0A00010B:SSL routines:
 * ssl3_get_record:wrong version number:../deps/openssl/ssl/record.c:354:`; returns any other message
 * unchanged.
 */
function opensslReason(message: string): string {
  return /:error:[^:]*:[^:]*:[^:]*:([^:]+):/.exec(message)?.[1] ?? message;
}

function hintOfError(code: string, { protocol }: URL): string | undefined {
  if (/ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_REQUIRED)$/.test(code))
    return 'etcd requires a client certificate that it can verify';
  if (code === 'EPROTO') return 'this endpoint may speak http, not https';
  if (code === 'ECONNRESET' && protocol === 'http:') return 'this endpoint may speak https, not http';
  return HINTS[code];
}
