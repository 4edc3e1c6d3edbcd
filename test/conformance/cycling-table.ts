import type {
  BatchOperation,
  Destination,
  ServiceDefinition,
  ServiceWithDestinations,
} from '../../lib/index.ts';
import { destinationUpdate } from './subject.ts';

/*
 * A table that changes in a fixed sequence of steps. The contents that are read from it tell after which step they were
 * read, or that the table never had them.
 *
 * Each step changes one service, and the services take turns. In six turns a service is added, gets two destinations,
 * has the first changed, loses the second, and is deleted; then it starts over. Every weight and persistence timeout is
 * the number of the turn in which it was written.
 */

/** Number of services that take turns. */
export const CYCLING_SERVICES = 48;

/** Number of turns after which a service starts over. */
const TURNS = 6;
const FIRST = '198.51.100.1';
const SECOND = '198.51.100.2';

function serviceAt(index: number): ServiceDefinition {
  return { protocol: 'tcp', address: '192.0.2.1', port: 1000 + index, scheduler: 'rr' };
}

/** Returns the change of a step. Steps are counted from 0. */
export function changeAt(step: number): BatchOperation {
  const service = serviceAt(step % CYCLING_SERVICES);
  const turn = Math.floor(step / CYCLING_SERVICES) + 1;
  const first = { address: FIRST, port: 80, forwarding: 'masq', weight: turn } as const;
  const second = { address: SECOND, port: 80, forwarding: 'masq', weight: turn } as const;
  switch ((turn - 1) % TURNS) {
    case 0:
      return { do: 'add-service', service: { ...service, persistence: { timeout: turn } } };
    case 1:
      return { do: 'add-destination', service, destination: first };
    case 2:
      return { do: 'add-destination', service, destination: second };
    case 3:
      return { do: 'update-destination', service, destination: destinationUpdate(first) };
    case 4:
      return { do: 'delete-destination', service, destination: second };
    default:
      return { do: 'delete-service', service };
  }
}

/**
 * Returns the number of steps after which the table had these contents, or `undefined` if it never had them. An
 * empty table, which occurs again and again, gives 0.
 */
export function stepOfContents(services: readonly ServiceWithDestinations[]): number | undefined {
  const turns = new Map<number, number>();
  for (const service of services) {
    const index = (service.port ?? 0) - 1000;
    const turn = turnOf(service);
    if (turn === undefined || turns.has(index) || index < 0 || index >= CYCLING_SERVICES) return undefined;
    turns.set(index, turn);
  }
  let least = 0;
  let most = turns.size === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (const [index, turn] of turns) {
    least = Math.max(least, index + (turn - 1) * CYCLING_SERVICES + 1);
    most = Math.min(most, index + turn * CYCLING_SERVICES);
  }
  for (let steps = least; steps <= most; steps++) {
    if (absentAfter(steps).every((index) => !turns.has(index))) {
      if (absentAfter(steps).length + turns.size === CYCLING_SERVICES) return steps;
    }
  }
  return undefined;
}

/** Returns the last turn of a service, by its contents, or `undefined` if it never had these contents. */
function turnOf(service: ServiceWithDestinations): number | undefined {
  const added = service.persistence?.timeout ?? 0;
  const [newest, oldest] = service.destinations as readonly (Destination | undefined)[];
  let turn: number;
  if (newest === undefined) turn = added;
  else if (oldest === undefined) turn = newest.weight === added + 1 ? added + 1 : added + 4;
  else turn = oldest.weight === added + 1 ? added + 2 : added + 3;
  return added % TURNS === 1 && destinationsText(service) === expectedText(turn, added) ? turn : undefined;
}

function destinationsText(service: ServiceWithDestinations): string {
  return service.destinations.map(({ address, weight }) => `${address} ${weight}`).join(', ');
}

function expectedText(turn: number, added: number): string {
  switch (turn - added) {
    case 0:
      return '';
    case 1:
      return `${FIRST} ${added + 1}`;
    case 2:
      return `${SECOND} ${added + 2}, ${FIRST} ${added + 1}`;
    case 3:
      return `${SECOND} ${added + 2}, ${FIRST} ${added + 3}`;
    default:
      return `${FIRST} ${added + 3}`;
  }
}

/** Returns the indices of the services that are absent after this number of steps. */
function absentAfter(steps: number): number[] {
  const absent: number[] = [];
  for (let index = 0; index < CYCLING_SERVICES; index++) {
    const turns = Math.max(0, Math.floor((steps - index + CYCLING_SERVICES - 1) / CYCLING_SERVICES));
    if (turns % TURNS === 0) absent.push(index);
  }
  return absent;
}
