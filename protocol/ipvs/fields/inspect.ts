/** The symbol `util.inspect.custom`. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Makes `console.log` show the instances of a class as the objects that `shown` returns, such as plain ones.
 */
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
