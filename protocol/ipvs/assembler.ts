import { genericCommand, genericPayload } from '../genetlink/index.ts';
import {
  ATTRIBUTE_HEADER_LENGTH,
  type ByteView,
  LITTLE_ENDIAN,
  type Message,
  walkAttributes,
} from '../netlink/index.ts';
import { ipvsAttributes } from './attributes.ts';
import { Command } from './constants.ts';
import { decodeDestination } from './decode-destination.ts';
import { decodeServiceWithDestinations, joinServices, type WholeService } from './decode-service.ts';
import { destinationKeyText, serviceKeyText } from './keys.ts';
import type { Destination, Service, ServiceWithDestinations } from './types.ts';

/**
 * Services in one array while they come in: a long array lives on in V8's old generation, where noting
 * each new object in it costs as much as decoding some of its fields.
 */
const SHORT = 512;

/**
 * Puts the messages of a single dump (GET_SERVICE_DEST) together: services with all of their
 * destinations, however the kernel split them over messages and datagrams.
 *
 * Two forms are understood. Nested: every NEW_SERVICE carries a part of its destinations, and comes
 * again with the next part. Flat: NEW_SERVICE is followed by its destinations as NEW_DEST messages.
 *
 * A kernel that resumes by index can repeat objects when the table changes; `merge` finds a service
 * that comes again later by its key, and keeps each destination once. Without it only neighbouring
 * parts are joined, which is all that a dump of an unchanged table needs.
 */
export class ServiceAssembler {
  readonly #merge: boolean;
  /** The last of the services, in a short array. */
  #services: WholeService[] = [];
  /** Those ahead of them. */
  #full: WholeService[][] = [];
  #current: WholeService | undefined;
  #byKey = new Map<string, WholeService>();
  #split = new Set<WholeService>();

  constructor(options: { readonly merge: boolean }) {
    this.#merge = options.merge;
  }

  /** Takes a NEW_SERVICE or NEW_DEST message. Throws a DecodeError with offset and path. */
  add(message: Message): void {
    const { view, end } = message;
    const start = genericPayload(message);
    if (genericCommand(message) === Command.NEW_SERVICE) {
      const nest = ipvsAttributes.command.service[0];
      if (isOneAttribute(view, start, end, nest))
        this.#addService(view, start + ATTRIBUTE_HEADER_LENGTH, end);
      else walkNest(view, start, end, nest, (from, to) => this.#addService(view, from, to));
    } else {
      walkNest(view, start, end, ipvsAttributes.command.destination[0], (from, to) => {
        const service = this.#current;
        if (service === undefined) return;
        service.destinations.push(decodeDestination(view, from, to, service.family));
        if (this.#merge) this.#split.add(service);
      });
    }
  }

  /**
   * Hands over the services that are complete and forgets them: all but the last, which may go on.
   * With `merge` nothing is complete before the end.
   */
  take(): ServiceWithDestinations[] {
    if (this.#merge) return [];
    const last = this.#services.pop();
    const services = this.#all();
    this.#full = [];
    this.#services = last === undefined ? [] : [last];
    return services;
  }

  /** At the end of the dump: every service that has not been taken. */
  rest(): ServiceWithDestinations[] {
    for (const service of this.#split) service.destinations = uniqueDestinations(service.destinations);
    this.#split.clear();
    return this.#all();
  }

  /** Forgets everything: the dump starts over. */
  reset(): void {
    this.#services = [];
    this.#full = [];
    this.#current = undefined;
    this.#byKey = new Map();
    this.#split = new Set();
  }

  #addService(view: ByteView, start: number, end: number): void {
    const service = decodeServiceWithDestinations(view, start, end);
    const known = this.#find(service);
    if (known === undefined) {
      if (this.#services.length === SHORT) {
        this.#full.push(this.#services);
        this.#services = [];
      }
      this.#services.push(service);
      if (this.#merge) this.#byKey.set(serviceKeyText(service), service);
    } else {
      joinServices(known, service);
      if (this.#merge) this.#split.add(known);
    }
    this.#current = known ?? service;
  }

  #all(): WholeService[] {
    return this.#full.length === 0
      ? this.#services
      : ([] as WholeService[]).concat(...this.#full, this.#services);
  }

  #find(service: Service): WholeService | undefined {
    const current = this.#current;
    if (current !== undefined && sameService(current, service)) return current;
    return this.#merge ? this.#byKey.get(serviceKeyText(service)) : undefined;
  }
}

/** Whether two services that were read are the same one. */
export function sameService(a: Service, b: Service): boolean {
  return (
    a.port === b.port &&
    a.mark === b.mark &&
    a.address === b.address &&
    a.protocol === b.protocol &&
    a.family === b.family
  );
}

/** The destinations with each key once, the first one kept, in their order. */
export function uniqueDestinations(destinations: readonly Destination[]): Destination[] {
  const byKey = new Map<string, Destination>();
  for (const destination of destinations) {
    const key = destinationKeyText(destination);
    if (!byKey.has(key)) byKey.set(key, destination);
  }
  return [...byKey.values()];
}

/** Whether an attribute of this type is all that there is, without padding: the usual message. */
function isOneAttribute({ data }: ByteView, start: number, end: number, type: number): boolean {
  return (
    end - start >= ATTRIBUTE_HEADER_LENGTH &&
    data.getUint16(start, LITTLE_ENDIAN) === end - start &&
    data.getUint16(start + 2, LITTLE_ENDIAN) === type
  );
}

/** Calls `visit` with the bounds of every top-level attribute of `type`. */
export function walkNest(
  view: ByteView,
  start: number,
  end: number,
  type: number,
  visit: (start: number, end: number) => void,
): void {
  walkAttributes(view, start, end, '', (found, _raw, from, to) => {
    if (found === type) visit(from, to);
  });
}
