import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** What a page answers. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: `text/plain; charset=utf-8`. */
  readonly contentType?: string;
  /**
   * The body as a text, or as chunks; the next chunk is made when the one before has been written. Where making a chunk
   * fails after the first, the connection is destroyed, so that the reader does not take a part for the whole.
   */
  readonly body: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
}

const PLAIN = 'text/plain; charset=utf-8';

/**
 * Sends an answer. Destroys the connection of a reader that takes nothing for `stallTimeout` milliseconds. Rejects where
 * making the body fails; if a part of it was sent, the connection has been destroyed.
 */
export async function sendAnswer(
  response: ServerResponse,
  { status = 200, contentType = PLAIN, body }: Answer,
  { withBody, stallTimeout }: { readonly withBody: boolean; readonly stallTimeout: number },
): Promise<void> {
  const head = { 'content-type': contentType };
  const chunks = typeof body === 'string' ? [body] : body;
  if (!withBody) {
    await endBody(chunks);
    response.writeHead(status, head).end();
    return;
  }
  const stalled = setTimeout(() => response.destroy(), stallTimeout);
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  try {
    if (typeof body === 'string') response.setHeader('content-length', Buffer.byteLength(body));
    for await (const chunk of chunks) {
      if (!response.headersSent) response.writeHead(status, head);
      if (closed.signal.aborted || response.destroyed) return;
      stalled.refresh();
      if (!response.write(chunk)) await once(response, 'drain', { signal: closed.signal });
    }
    if (!response.headersSent) response.writeHead(status, head);
    stalled.refresh();
    response.end();
    await once(response, 'finish', { signal: closed.signal });
  } catch (error) {
    if (closed.signal.aborted) return;
    if (response.headersSent) response.destroy();
    throw error;
  } finally {
    clearTimeout(stalled);
  }
}

/** Ends the iterator of a body that is not sent, so that a generator can clean up. */
async function endBody(chunks: Exclude<Answer['body'], string>): Promise<void> {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  await iterator.return?.();
}
