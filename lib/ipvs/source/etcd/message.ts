import { SourceError } from '../state-source.ts';

/** An answer of etcd, or a message of a stream. */
export type Message = Readonly<Record<string, unknown>>;

/** Throws a {@link SourceError} where it is no object. */
export function asMessage(value: unknown): Message {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Message;
  throw new SourceError('the answer is no object');
}
