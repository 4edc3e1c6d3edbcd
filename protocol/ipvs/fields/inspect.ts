/** Node's name for the method that says what `console.log` shows of an object (util.inspect.custom). */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Lets `console.log` show the objects of a class as other objects: those with accessors as plain ones. */
export function inspectAs<Shown extends object>(
  shownClass: { readonly prototype: Shown },
  shown: (object: Shown) => object,
): void {
  Object.defineProperty(shownClass.prototype, INSPECT, {
    value(this: Shown) {
      return shown(this);
    },
  });
}
