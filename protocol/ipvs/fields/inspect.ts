/** The symbol `util.inspect.custom`. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * Makes `console.log` print an instance of a class as the object that `convert` returns for it.
 */
export function inspectAs<Instance extends object>(
  instanceClass: { readonly prototype: Instance },
  convert: (instance: Instance) => object,
): void {
  Object.defineProperty(instanceClass.prototype, INSPECT, {
    value(this: Instance) {
      return convert(this);
    },
  });
}
