import { SourceError } from '../state-source.ts';

/** The body of a request or response, or a message of a stream. */
export type Message = Readonly<Record<string, unknown>>;

/** Returns a parsed body as a message. Throws a {@link SourceError} if it is not an object. */
export function asMessage(value: unknown): Message {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message;
  throw new SourceError('the response is not a JSON object');
}
