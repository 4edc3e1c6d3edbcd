import type { Destination, Service } from '../../../../protocol/ipvs/index.ts';
import type { UnknownAttribute } from '../../../../protocol/netlink/index.ts';
import type { NormalDestination, NormalService } from './normal-form.ts';

/** A setting that differs; an empty text stands for one that is not there. */
export interface FieldDifference {
  /** Such as `scheduler` or `persistence.timeout`. */
  readonly field: string;
  readonly current: string;
  readonly wanted: string;
}

/**
 * What differs in a destination: it is missing (`add`), set otherwise (`change`), not wanted
 * (`remove`), or not wanted and waiting for its connections to end (`drain`).
 */
export interface DestinationDifference {
  readonly change: 'add' | 'change' | 'remove' | 'drain';
  /** The destination, as `destinationKeyText` writes it. */
  readonly destination: string;
  /** Of a missing destination all settings that are not the defaults. */
  readonly fields: readonly FieldDifference[];
}

/**
 * What differs in a service: it is missing (`add`), differs in itself or in its destinations
 * (`change`), or is not wanted (`remove`).
 */
export interface ServiceDifference {
  readonly change: 'add' | 'change' | 'remove';
  /** The service, as `serviceKeyText` writes it. */
  readonly service: string;
  readonly fields: readonly FieldDifference[];
  readonly destinations: readonly DestinationDifference[];
}

type Comparable = string | number | boolean | readonly string[] | undefined;
type Reader<Value> = (value: Value) => Comparable;
type Readers<Value> = readonly (readonly [field: string, read: Reader<Value>])[];

const SERVICE_FIELDS: Readers<NormalService | Service> = [
  ['scheduler', ({ scheduler }) => scheduler],
  ['persistence.timeout', ({ persistence }) => persistence?.timeout],
  ['persistence.netmask', ({ persistence }) => persistence?.netmask],
  ['persistence.prefixLength', ({ persistence }) => persistence?.prefixLength],
  ['onePacket', ({ onePacket }) => onePacket],
  ['schedulerFlags', ({ schedulerFlags }) => schedulerFlags],
  ['persistenceEngine', ({ persistenceEngine }) => persistenceEngine],
  ['otherFlags', ({ otherFlags }) => otherFlags],
  ['unknown', ({ unknown }) => unknownText(unknown)],
];

const DESTINATION_FIELDS: Readers<NormalDestination | Destination> = [
  ['forwarding', ({ forwarding }) => forwarding],
  ['weight', ({ weight }) => weight],
  ['upperThreshold', ({ upperThreshold }) => upperThreshold],
  ['lowerThreshold', ({ lowerThreshold }) => lowerThreshold],
  ['tunnel.type', ({ tunnel }) => tunnel?.type ?? 'ipip'],
  ['tunnel.port', ({ tunnel }) => tunnel?.port ?? 0],
  ['tunnel.checksum', ({ tunnel }) => tunnel?.checksum ?? 'nocsum'],
  ['unknown', ({ unknown }) => unknownText(unknown)],
];

/** The settings in which two services differ. */
export function serviceFields(current: Service, wanted: NormalService): FieldDifference[] {
  return differences(SERVICE_FIELDS, current, wanted);
}

/** The settings in which two destinations differ. */
export function destinationFields(current: Destination, wanted: NormalDestination): FieldDifference[] {
  return differences(DESTINATION_FIELDS, current, wanted);
}

/** The settings that tell a new service from the plainest one. */
export function newServiceFields(wanted: NormalService): FieldDifference[] {
  return settings(SERVICE_FIELDS, wanted);
}

/** The settings that tell a new destination from the plainest one. */
export function newDestinationFields(wanted: NormalDestination): FieldDifference[] {
  return settings(DESTINATION_FIELDS, wanted);
}

/** Said of every new object, whatever the value. */
const ALWAYS = new Set(['scheduler', 'forwarding', 'weight']);
const PLAIN = new Set(['', '0', 'false', 'ipip', 'nocsum']);

function settings<Value>(readers: Readers<Value>, wanted: Value): FieldDifference[] {
  return readers
    .map(([field, read]) => ({ field, current: '', wanted: text(read(wanted)) }))
    .filter(({ field, wanted: value }) => ALWAYS.has(field) || !PLAIN.has(value));
}

function differences<Value>(readers: Readers<Value>, current: Value, wanted: Value): FieldDifference[] {
  const found: FieldDifference[] = [];
  for (const [field, read] of readers) {
    const before = read(current);
    const after = read(wanted);
    if (before === after) continue;
    const difference = { field, current: text(before), wanted: text(after) };
    if (difference.current !== difference.wanted) found.push(difference);
  }
  return found;
}

function text(value: Comparable): string {
  return value === undefined ? '' : String(value);
}

/** Unknown attributes as text, whatever their order. */
function unknownText(unknown: readonly UnknownAttribute[] | undefined): string {
  if (unknown === undefined || unknown.length === 0) return '';
  return unknown
    .map(({ type, bytes }) => `${type}=${Buffer.from(bytes).toString('hex')}`)
    .sort()
    .join(',');
}
