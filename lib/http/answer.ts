import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** What a page answers. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: `text/plain; charset=utf-8`. */
  readonly contentType?: string;
  /**
   * The body: a whole one, or its chunks, of which the next is asked for when the one before has gone out. Where making
   * one fails after the first, the connection is cut, so that no reader takes the part for the whole.
   */
  readonly body: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
}

const PLAIN = 'text/plain; charset=utf-8';

/**
 * Sends an answer. A reader that does not take what was written within `stallTimeout` milliseconds is cut off. Rejects
 * where making the body fails; the connection is gone then if a part of it was sent.
 */
export async function sendAnswer(
  response: ServerResponse,
  { status = 200, contentType = PLAIN, body }: Answer,
  { withBody, stallTimeout }: { readonly withBody: boolean; readonly stallTimeout: number },
): Promise<void> {
  const head = { 'content-type': contentType };
  const chunks = typeof body === 'string' ? [body] : body;
  if (!withBody) {
    await returned(chunks);
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

/** Tells a body that nobody will read it. */
async function returned(chunks: Exclude<Answer['body'], string>): Promise<void> {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  await iterator.return?.();
}
