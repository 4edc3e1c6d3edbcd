import { SourceError } from '../state-source.ts';
import { asMessage } from './message.ts';

/** Status of gRPC for a token that is not taken. */
const UNAUTHENTICATED = 16;
/** What etcd says to a signed token that is older than the last change of a user or role. */
const OLD_TOKEN = 'revision of auth store is old';
/** The longest text of an answer that is no JSON that a message repeats. */
const LONGEST_TEXT = 200;

/** etcd has answered that it will not. */
export class EtcdRefusal extends SourceError {
  /** The status, as gRPC numbers it; undefined where the answer was none of etcd's. */
  readonly status: number | undefined;

  constructor(message: string, status: number | undefined) {
    super(message);
    this.name = 'EtcdRefusal';
    this.status = status;
  }

  /** Whether it may take the same request with a new token. */
  get wantsNewToken(): boolean {
    return this.status === UNAUTHENTICATED || this.message.includes(OLD_TOKEN);
  }
}

/** What an answer with another HTTP status than 200 says. */
export function refusal(httpStatus: number, text: string): EtcdRefusal {
  try {
    const answer = asMessage(JSON.parse(text));
    const words = answer.message ?? answer.error;
    const status = typeof answer.code === 'number' ? answer.code : undefined;
    if (typeof words === 'string') return new EtcdRefusal(words, status);
  } catch {
    // Some refusals of etcd are plain text, and a proxy may say anything.
  }
  const [line = ''] = text.trim().split('\n');
  const words = line === '' || line.startsWith('<') ? '' : `: ${line.slice(0, LONGEST_TEXT)}`;
  return new EtcdRefusal(
    `answered with HTTP status ${httpStatus}${words}${hintOf(httpStatus, line)}`,
    undefined,
  );
}

function hintOf(httpStatus: number, line: string): string {
  if (httpStatus === 404) return '; etcd 3.4 or newer is needed, with its gRPC gateway';
  if (line.startsWith('CommonName of client'))
    return '; an etcd that knows users takes from its gateway only client certificates without a common name (CN)';
  return '';
}

/** Hints for codes of errors of Node.js. */
const HINTS: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the authority of etcd's certificate is not known here",
  SELF_SIGNED_CERT_IN_CHAIN: "the authority of etcd's certificate is not known here",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the authority of etcd's certificate is not known here",
};

/** Why a request to an endpoint failed, in words. */
export function reasonOf(error: unknown, endpoint: URL): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SyntaxError) return 'the answer is no JSON';
  // Node tries every address of a host, and says what came of each.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0], endpoint);
  // The message of an error of OpenSSL has the line of its source, its reason has not.
  const { code = '', reason } = error as { readonly code?: string; readonly reason?: string };
  const words = code === 'EPROTO' || code.startsWith('ERR_SSL_') ? `TLS: ${reason}` : error.message;
  const hint = hintOfError(code, endpoint);
  return hint === undefined ? words : `${words}; ${hint}`;
}

function hintOfError(code: string, { protocol }: URL): string | undefined {
  if (/ALERT_(?:BAD_CERTIFICATE|CERTIFICATE_REQUIRED)$/.test(code))
    return 'etcd asks for a client certificate that it can verify';
  if (code === 'EPROTO') return 'this endpoint may speak http, not https';
  if (code === 'ECONNRESET' && protocol === 'http:') return 'this endpoint may speak https, not http';
  return HINTS[code];
}
