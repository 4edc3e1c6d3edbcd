import { destinationKeyText, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import { printable } from '../../../protocol/netlink/text/printable.ts';
import {
  type FieldDifference,
  newDestinationFields,
  newServiceFields,
} from '../../ipvs/plan/compare/differences.ts';
import { destinationWithDefaults, serviceWithDefaults } from '../../ipvs/plan/compare/normal-form.ts';
import type { ChangedField, TableChange, TableSnapshot, WatchEvent } from '../../ipvs/watch/index.ts';

/** SGR parameters: green, yellow, red. */
const COLOURS: Readonly<Record<string, number>> = { '+': 32, '~': 33, '-': 31, '?': 31 };

/** Formats an event as a line: its time, a sign, the object, its settings or changed settings. */
export function eventLine(event: WatchEvent, colour: boolean): string {
  const text = printable(eventText(event));
  const number = COLOURS[text[0]!];
  const shown = colour && number !== undefined ? `\x1b[${number}m${text}\x1b[39m` : text;
  return `${event.time.toISOString()} ${shown}\n`;
}

function eventText(event: WatchEvent): string {
  switch (event.event) {
    case 'snapshot':
      return snapshotText(event);
    case 'unreadable':
      return `? the table cannot be read: ${event.error.message}; changes will be reported once it can be read again`;
    case 'readable':
      return '= the table can be read again';
    case 'module-unloaded':
      return '? the module ip_vs was unloaded, and the table is gone';
    case 'module-loaded':
      return '= the module ip_vs is loaded again';
    default:
      return changeText(event);
  }
}

function snapshotText({ services, consistency }: TableSnapshot): string {
  const servers = services.reduce((sum, { destinations }) => sum + destinations.length, 0);
  const warning =
    consistency === 'unknown'
      ? '; the table kept changing while it was read; services that already existed may be reported as added'
      : '';
  return `= watching; services: ${services.length}, real servers: ${servers}${warning}`;
}

function changeText(change: TableChange): string {
  const service = serviceKeyText(change.service);
  const name = 'destination' in change ? `${service} -> ${destinationKeyText(change.destination)}` : service;
  switch (change.event) {
    case 'service-added':
      return addedText(name, newServiceFields(serviceWithDefaults(change.current)));
    case 'destination-added':
      return addedText(name, newDestinationFields(destinationWithDefaults(change.current)));
    case 'service-removed':
    case 'destination-removed':
      return `- ${name}`;
    default:
      return ['~', name, ...change.fields.map(fieldText)].join(' ');
  }
}

function addedText(name: string, fields: readonly FieldDifference[]): string {
  return ['+', name, ...fields.map(({ field, desired }) => `${field}=${desired}`)].join(' ');
}

function fieldText({ field, previous, current }: ChangedField): string {
  return `${field}=${previous === '' ? '(none)' : previous}->${current === '' ? '(none)' : current}`;
}
