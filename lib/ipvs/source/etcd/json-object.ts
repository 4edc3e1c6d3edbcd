import { SourceError } from '../state-source.ts';

/** A JSON object: the body of a request or response, a message of a stream, or a part of one. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns a parsed value as an object. Throws a {@link SourceError} if it is not an object. */
export function asJsonObject(value: unknown): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new SourceError('the response is not a JSON object');
}
