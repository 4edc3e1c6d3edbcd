import { type Field, type Fields, fieldsOf } from '../../protocol/index.ts';

/** Names of schedulers, persistence engines and interfaces that the fake kernel has in these tests. */
export const NAMES: readonly string[] = ['sh', 'sip', 'a-longer-name15'];

/** Returns test values of a field: a small and the largest number, every name, and so on. */
export function valuesOf({ accepts, options = [] }: Field): unknown[] {
  switch (accepts.kind) {
    case 'integer': {
      const maximum = Math.min(accepts.maximum, options[0]?.maximum ?? accepts.maximum);
      return [Math.max(accepts.minimum, 3), maximum];
    }
    case 'enum':
    case 'enum-or-number':
      return Object.keys(accepts.values);
    case 'flags':
      // The names that are valid with any scheduler.
      return [['flag-2'], ['flag-1', 'flag-3']];
    case 'boolean':
      return [true];
    case 'text':
      return NAMES.filter(({ length }) => length <= accepts.maximum);
    case 'address':
      return ['255.255.255.0'];
    case 'attributes':
      return [];
    case 'object':
      return objectsOf(accepts.fields);
  }
}

/** Returns objects in which one field after the other has each of its test values, and the others their first. */
function objectsOf(fields: Fields): unknown[] {
  // IPv4 has a netmask in place of a prefix length.
  const inner = fieldsOf(fields).filter(({ name }) => name !== 'prefixLength');
  const firstValues = Object.fromEntries(inner.map((field) => [field.name, valuesOf(field)[0]]));
  return inner.flatMap((field) => valuesOf(field).map((value) => ({ ...firstValues, [field.name]: value })));
}
