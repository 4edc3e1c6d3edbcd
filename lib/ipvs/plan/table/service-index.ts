import { PROTOCOL_NUMBERS, type ServiceKey } from '../../../../protocol/ipvs/index.ts';

const PORT_COUNT = 65536;
const protocolNumbers: Readonly<Record<string, number>> = PROTOCOL_NUMBERS;

/**
 * A map from the keys of services, as `normalServiceKey` returns them, to values. It is a map of maps: by address,
 * and then by protocol and port as one number. To build a string for each key would cost more than everything else
 * that a plan does for an unchanged service.
 */
export class ServiceIndex<Value> {
  readonly #maps = new Map<string, Map<number, Value>>();

  get(key: ServiceKey): Value | undefined {
    return this.#maps.get(outerKeyOf(key))?.get(innerKeyOf(key));
  }

  /** Sets the value of a key and returns the previous one. */
  set(key: ServiceKey, value: Value): Value | undefined {
    const outerKey = outerKeyOf(key);
    let map = this.#maps.get(outerKey);
    if (map === undefined) {
      map = new Map();
      this.#maps.set(outerKey, map);
    }
    const innerKey = innerKeyOf(key);
    const before = map.get(innerKey);
    map.set(innerKey, value);
    return before;
  }
}

/** Returns the address, or the family of a mark, which differs from any address. */
function outerKeyOf(key: ServiceKey): string {
  return key.mark === undefined ? key.address : (key.family ?? 'ipv4');
}

/** Returns the protocol and port as one number, or the mark. */
function innerKeyOf(key: ServiceKey): number {
  if (key.mark !== undefined) return key.mark;
  const { protocol } = key;
  return (typeof protocol === 'number' ? protocol : protocolNumbers[protocol]!) * PORT_COUNT + key.port;
}
