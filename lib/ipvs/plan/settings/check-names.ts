import { didYouMean } from '../../../text/closest-name.ts';
import { type ErrorList, MAXIMUM_ERRORS, type StatePath } from '../desired-services.ts';

/** An unchecked object of a desired state. */
export type UncheckedObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object and not an array. */
export function isObject(value: unknown): value is UncheckedObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Adds an error for each unknown name: `problem`, and a suggestion or the known names. Returns the object
 * without the unknown names, so that they are not reported again.
 */
export function checkNames(
  object: UncheckedObject,
  known: ReadonlySet<string>,
  path: StatePath,
  errors: ErrorList,
  problem = 'is not a field',
): UncheckedObject {
  const unknown = Object.keys(object).filter((name) => !known.has(name));
  if (unknown.length === 0) return object;
  for (const name of unknown) {
    if (errors.full) break;
    // Suggestions are slow, so only errors that will be listed get one.
    const listed = errors.list.length < MAXIMUM_ERRORS;
    errors.add([...path, name], `${problem}${listed ? suggestionOrNames(name, known) : ''}`);
  }
  return Object.fromEntries(Object.entries(object).filter(([name]) => known.has(name)));
}

function suggestionOrNames(name: string, known: ReadonlySet<string>): string {
  return didYouMean(name, known) || `; the names are ${[...known].join(', ')}`;
}
