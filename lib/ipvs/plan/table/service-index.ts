import { PROTOCOL_NUMBERS, type ServiceKey } from '../../../../protocol/ipvs/index.ts';

const PORTS = 65536;
const numbers: Readonly<Record<string, number>> = PROTOCOL_NUMBERS;

/**
 * Values by the keys of services, as `normalServiceKey` spells them. Found by address and then by number:
 * a table names the same addresses again and again, and making one text of each key costs more than
 * all else that a plan does for a service that is right already.
 */
export class ServiceIndex<Value> {
  readonly #groups = new Map<string, Map<number, Value>>();

  get(key: ServiceKey): Value | undefined {
    return this.#groups.get(groupOf(key))?.get(numberOf(key));
  }

  /** Sets the value of a key and returns the one that it had. */
  set(key: ServiceKey, value: Value): Value | undefined {
    const name = groupOf(key);
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Map();
      this.#groups.set(name, group);
    }
    const number = numberOf(key);
    const before = group.get(number);
    group.set(number, value);
    return before;
  }
}

/** The address, or the family of a mark, which no address is spelled like. */
function groupOf(key: ServiceKey): string {
  return key.mark === undefined ? key.address : (key.family ?? 'ipv4');
}

function numberOf(key: ServiceKey): number {
  if (key.mark !== undefined) return key.mark;
  const { protocol } = key;
  return (typeof protocol === 'number' ? protocol : numbers[protocol]!) * PORTS + key.port;
}
