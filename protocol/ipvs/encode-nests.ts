import { ByteView, MessageWriter, walkAttributes } from '../netlink/index.ts';
import { ADDRESS_LENGTH } from './address.ts';
import { ipvsAttributes, ipvsCodec } from './attributes.ts';
import type { DestinationValues, ServiceValues } from './encode.ts';

const SERVICE = ipvsAttributes.service;
const DESTINATION = ipvsAttributes.destination;
const ADDRESS = new Uint8Array(ADDRESS_LENGTH);

/**
 * A nest as the codec writes it from the table, with zeros for values: it is copied, and the values are put
 * where `at` says, by attribute type. Thousands of nests that differ in nothing else are written at a time.
 */
class Template {
  readonly bytes: Uint8Array;
  readonly at: readonly number[];

  constructor(nest: 'service' | 'destination', values: ServiceValues | DestinationValues) {
    const writer = new MessageWriter();
    ipvsCodec.encode('command', writer, { [nest]: values });
    this.bytes = writer.copy();
    const at: number[] = [];
    const view = new ByteView(this.bytes);
    walkAttributes(view, 0, this.bytes.length, '', (_nest, _raw, from, to) => {
      walkAttributes(view, from, to, nest, (type, _rawType, start) => {
        at[type] = start;
      });
    });
    this.at = Array.from(at, (offset) => offset ?? 0);
  }
}

const addressKey = { family: 0, protocol: 0, address: ADDRESS, port: 0 };
const markKey = { family: 0, mark: 0 };
const byAddress: () => Template = onceAsked(() => new Template('service', addressKey));
const byMark: () => Template = onceAsked(() => new Template('service', markKey));
const destinationTemplate: () => Template = onceAsked(
  () =>
    new Template('destination', {
      ...{ address: ADDRESS, family: 0, port: 0 },
      ...{ forwarding: 0, weight: 0, upperThreshold: 0, lowerThreshold: 0 },
    }),
);

/** Making templates takes time at the start of a process, and one that only lists needs few of them. */
function onceAsked(make: () => Template): () => Template {
  let template: Template | undefined;
  return () => (template ??= make());
}

/** Templates of services with their settings, by scheduler: the only text in most of them. */
class WholeTemplates {
  readonly #key: ServiceValues;
  readonly #byScheduler = new Map<string, Template>();

  constructor(key: ServiceValues) {
    this.#key = key;
  }

  of(scheduler: string): Template {
    let template = this.#byScheduler.get(scheduler);
    if (template === undefined) {
      const settings = { scheduler, flags: { flags: 0, mask: 0 }, timeout: 0, netmask: new Uint8Array(4) };
      template = new Template('service', { ...this.#key, ...settings });
      if (this.#byScheduler.size >= MOST_SCHEDULERS) this.#byScheduler.clear();
      this.#byScheduler.set(scheduler, template);
    }
    return template;
  }
}

const MOST_SCHEDULERS = 64;
const wholeByAddress: WholeTemplates = new WholeTemplates(addressKey);
const wholeByMark: WholeTemplates = new WholeTemplates(markKey);

/**
 * Appends the SERVICE nest of values that `serviceValues` or `serviceKeyValues` has made; others are not
 * checked.
 */
export function encodeServiceNest(writer: MessageWriter, values: ServiceValues): void {
  if (values.unknown !== undefined || values.persistenceEngine !== undefined) {
    ipvsCodec.encode('command', writer, { service: values });
    return;
  }
  const { mark, scheduler } = values;
  let template: Template;
  if (scheduler === undefined) template = mark === undefined ? byAddress() : byMark();
  else template = (mark === undefined ? wholeByAddress : wholeByMark).of(scheduler);
  const { at } = template;
  const start = writer.append(template.bytes);
  writer.put16(start + at[SERVICE.family[0]]!, values.family!);
  if (mark === undefined) {
    writer.put16(start + at[SERVICE.protocol[0]]!, values.protocol!);
    writer.putBytes(start + at[SERVICE.address[0]]!, values.address!);
    writer.put16(start + at[SERVICE.port[0]]!, values.port!, false);
  } else {
    writer.put32(start + at[SERVICE.mark[0]]!, mark);
  }
  if (scheduler === undefined) return;
  const { flags, mask } = values.flags!;
  const flagsAt = start + at[SERVICE.flags[0]]!;
  writer.put32(flagsAt, flags);
  writer.put32(flagsAt + 4, mask);
  writer.put32(start + at[SERVICE.timeout[0]]!, values.timeout!);
  writer.putBytes(start + at[SERVICE.netmask[0]]!, values.netmask!);
}

/**
 * Appends the DEST nest of values that `destinationValues` or `destinationKeyValues` has made; others are
 * not checked.
 */
export function encodeDestinationNest(writer: MessageWriter, values: DestinationValues): void {
  if (values.forwarding === undefined || values.unknown !== undefined || values.tunnelType !== undefined) {
    ipvsCodec.encode('command', writer, { destination: values });
    return;
  }
  const { at, bytes } = destinationTemplate();
  const start = writer.append(bytes);
  writer.putBytes(start + at[DESTINATION.address[0]]!, values.address!);
  writer.put16(start + at[DESTINATION.family[0]]!, values.family!);
  writer.put16(start + at[DESTINATION.port[0]]!, values.port!, false);
  writer.put32(start + at[DESTINATION.forwarding[0]]!, values.forwarding);
  writer.put32(start + at[DESTINATION.weight[0]]!, values.weight!);
  writer.put32(start + at[DESTINATION.upperThreshold[0]]!, values.upperThreshold!);
  writer.put32(start + at[DESTINATION.lowerThreshold[0]]!, values.lowerThreshold!);
}
