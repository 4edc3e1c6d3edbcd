/** What a request came to. */
export type Outcome<Result> =
  | { readonly ok: true; readonly value: Result }
  | { readonly ok: false; readonly error: Error };

/** The value of an outcome; throws its error. */
export function unwrap<Result>(outcome: Outcome<Result>): Result {
  if (outcome.ok) return outcome.value;
  throw outcome.error;
}
