import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** The status and body of a response. */
export interface ResponseContent {
  /** Default: 200. */
  readonly status?: number;
  /** Default: `text/plain; charset=utf-8`. */
  readonly contentType?: string;
  /**
   * The body as a string, or as chunks; the next chunk is made once the previous one has been written. If
   * making a chunk fails after the first, the connection is destroyed, so that the client does not take a
   * truncated body for a complete one.
   */
  readonly body: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
}

const TEXT_PLAIN = 'text/plain; charset=utf-8';

/**
 * Sends a response. Destroys the connection when the client has not read what was written within
 * `stallTimeout` milliseconds; the time that the body takes to make does not count. Rejects if making the
 * body fails; if a part of it was sent, the connection has been destroyed.
 */
export async function sendResponse(
  response: ServerResponse,
  { status = 200, contentType = TEXT_PLAIN, body }: ResponseContent,
  { withBody, stallTimeout }: { readonly withBody: boolean; readonly stallTimeout: number },
): Promise<void> {
  const headers = { 'content-type': contentType };
  const chunks = typeof body === 'string' ? [body] : body;
  if (!withBody) {
    await discardBody(chunks);
    response.writeHead(status, headers).end();
    return;
  }
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  const waitFor = async (event: 'drain' | 'finish'): Promise<void> => {
    const timer = setTimeout(() => response.destroy(), stallTimeout);
    try {
      await once(response, event, { signal: closed.signal });
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    if (typeof body === 'string') response.setHeader('content-length', Buffer.byteLength(body));
    for await (const chunk of chunks) {
      if (!response.headersSent) response.writeHead(status, headers);
      if (closed.signal.aborted || response.destroyed) return;
      if (!response.write(chunk)) await waitFor('drain');
    }
    if (!response.headersSent) response.writeHead(status, headers);
    response.end();
    await waitFor('finish');
  } catch (error) {
    if (closed.signal.aborted) return;
    if (response.headersSent) response.destroy();
    throw error;
  }
}

/** Closes the iterator of a body that is not sent, so that a generator can clean up. */
async function discardBody(chunks: Exclude<ResponseContent['body'], string>): Promise<void> {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  await iterator.return?.();
}
