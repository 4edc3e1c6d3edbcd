import {
  destinationKeyText,
  type IpvsSync,
  type ServiceKey,
  serviceKeyText,
  type WatchEvent,
} from '../../../../lib/index.ts';

const SCHEDULERS = ['rr', 'wrr', 'lc', 'wlc'];
const DESTINATIONS = 3;
const DEFAULT_SERVICE = { persistence: null, onePacket: false, schedulerFlags: [], persistenceEngine: null };
const DEFAULT_DESTINATION = {
  forwarding: 'masq',
  upperThreshold: 0,
  lowerThreshold: 0,
  tunnel: null,
} as const;

/**
 * A hash of a service or destination with its scheduler or weight; the sum of the hashes of a table tells it apart from
 * others.
 */
function hashOf(text: string): bigint {
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5bd1e995);
  }
  return BigInt(mixed(high)) * 0x100000000n + BigInt(mixed(low));
}

/** Mixes the bits of a hash: otherwise sums of texts that differ in their last letters would be the same. */
function mixed(hash: number): number {
  const mixedOnce = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const mixedTwice = Math.imul(mixedOnce ^ (mixedOnce >>> 13), 0xc2b2ae35);
  return (mixedTwice ^ (mixedTwice >>> 16)) >>> 0;
}

/** The services and destinations of a table by their keys, each with its scheduler or weight as text. */
export class TableEntries {
  readonly entries: Map<string, string> = new Map();
  #sum = 0n;

  /** Sum of the hashes: the same for tables with the same contents. */
  get hashSum(): bigint {
    return this.#sum;
  }

  set(key: string, text: string | undefined): void {
    const before = this.entries.get(key);
    if (before !== undefined) this.#sum -= hashOf(`${key} ${before}`);
    if (text === undefined) this.entries.delete(key);
    else this.entries.set(key, text);
    if (text !== undefined) this.#sum += hashOf(`${key} ${text}`);
  }
}

/** Makes random changes to a table, and records every one. */
export class RecordingWriter {
  /** The table after the changes so far. */
  readonly model: TableEntries = new TableEntries();
  /** Every scheduler or weight that a service or destination has had, each with the number of the change to it. */
  readonly history: Map<string, { readonly from: number; readonly text: string | undefined }[]> = new Map();
  changes = 0;
  readonly #client: IpvsSync;
  readonly #random: () => number;
  readonly #ports: number;

  constructor(client: IpvsSync, ports: number, random: () => number) {
    this.#client = client;
    this.#ports = ports;
    this.#random = random;
  }

  /** Adds half of the possible services. */
  fill(): void {
    for (let port = 1; port <= this.#ports; port += 2) {
      this.#addService(port);
      for (let index = 0; index < DESTINATIONS; index++) this.#addDestination(port, index);
    }
  }

  /** One change of a service or destination at random. */
  change(): void {
    const port = 1 + Math.floor(this.#random() * this.#ports);
    const index = Math.floor(this.#random() * DESTINATIONS);
    const service = keyOf(port);
    const serviceText = serviceKeyText(service);
    if (!this.model.entries.has(serviceText)) {
      this.#addService(port);
      return;
    }
    const choice = this.#random();
    if (choice < 0.15) {
      this.#client.deleteService(service);
      this.#set(serviceText, undefined, destinationTexts(port));
    } else if (choice < 0.3) {
      const scheduler = this.#pick();
      this.#client.updateService({ ...service, scheduler, ...DEFAULT_SERVICE });
      this.#set(serviceText, scheduler);
    } else if (!this.model.entries.has(destinationText(port, index))) this.#addDestination(port, index);
    else if (choice < 0.5) {
      this.#client.deleteDestination(service, serverOf(index));
      this.#set(destinationText(port, index), undefined);
    } else {
      const weight = Math.floor(this.#random() * 5);
      this.#client.updateDestination(service, { ...serverOf(index), weight, ...DEFAULT_DESTINATION });
      this.#set(destinationText(port, index), String(weight));
    }
  }

  #addService(port: number): void {
    const scheduler = this.#pick();
    this.#client.addService({ ...keyOf(port), scheduler });
    this.#set(serviceKeyText(keyOf(port)), scheduler);
  }

  #addDestination(port: number, index: number): void {
    this.#client.addDestination(keyOf(port), { ...serverOf(index), forwarding: 'masq', weight: 1 });
    this.#set(destinationText(port, index), '1');
  }

  #pick(): string {
    return SCHEDULERS[Math.floor(this.#random() * SCHEDULERS.length)]!;
  }

  /** Records the new setting of a service or destination, undefined if it was removed, also for `otherKeys`. */
  #set(key: string, text: string | undefined, otherKeys: readonly string[] = []): void {
    this.changes++;
    for (const changedKey of [key, ...otherKeys]) {
      this.model.set(changedKey, text);
      const past = this.history.get(changedKey) ?? [];
      past.push({ from: this.changes, text });
      this.history.set(changedKey, past);
    }
  }

  /** Whether a service or destination had this setting, or was missing (undefined), at any time from a change on. */
  hadSetting(key: string, text: string | undefined, since: number): boolean {
    const past = this.history.get(key) ?? [];
    const first = past.findLastIndex(({ from }) => from <= since);
    const states = [
      first < 0 ? undefined : past[first]!.text,
      ...past.slice(first + 1).map((entry) => entry.text),
    ];
    return states.includes(text);
  }
}

function keyOf(port: number): ServiceKey {
  return { protocol: 'tcp', address: '192.0.2.1', port };
}

function serverOf(index: number): { readonly address: string; readonly port: number } {
  return { address: `198.51.100.${index + 1}`, port: 8080 };
}

function destinationText(port: number, index: number): string {
  return `${serviceKeyText(keyOf(port))} > ${destinationKeyText(serverOf(index))}`;
}

function destinationTexts(port: number): string[] {
  return Array.from({ length: DESTINATIONS }, (_, index) => destinationText(port, index));
}

/** The key of an event's service or destination, and its setting before and after; undefined if it does not exist. */
export function changeOf(event: WatchEvent): {
  key: string;
  previous: string | undefined;
  current: string | undefined;
} {
  if (!('service' in event)) throw new Error(`${event.event} is no change`);
  const service = serviceKeyText(event.service);
  const text = (object: object | undefined): string | undefined =>
    object === undefined
      ? undefined
      : 'scheduler' in object
        ? String(object.scheduler)
        : String((object as { weight: number }).weight);
  return {
    key: 'destination' in event ? `${service} > ${destinationKeyText(event.destination)}` : service,
    previous: text('previous' in event ? event.previous : undefined),
    current: text('current' in event ? event.current : undefined),
  };
}
