import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';

/*
 * Checks the YNL specification of the family against recorded traffic. It reads recordings without the client's code,
 * by the specification alone, so that neither can hide a mistake in the client's own attribute definitions.
 */

interface Attribute {
  readonly name: string;
  readonly type: string;
  readonly 'nested-attributes'?: string;
  readonly 'multi-attr'?: boolean;
  readonly checks?: { readonly 'max-len'?: number; readonly 'exact-len'?: number };
  readonly struct?: string;
}

interface OperationMessage {
  readonly value: number;
  readonly attributes?: readonly string[];
}

interface Operation {
  readonly name: string;
  readonly 'attribute-set': string;
  readonly do?: { readonly request: OperationMessage; readonly reply?: OperationMessage };
  readonly dump?: { readonly request: OperationMessage; readonly reply?: OperationMessage };
}

interface Specification {
  readonly name: string;
  readonly definitions: readonly { readonly name: string; readonly members?: readonly { type: string }[] }[];
  readonly 'attribute-sets': readonly { readonly name: string; readonly attributes: readonly Attribute[] }[];
  readonly operations: { readonly list: readonly Operation[] };
}

const project = join(import.meta.dirname, '../../..');
const specification = parse(
  readFileSync(join(project, 'test/kernel/ip_vs/ipvs.yaml'), 'utf8'),
) as Specification;
const sets = new Map(specification['attribute-sets'].map(({ name, attributes }) => [name, attributes]));
const sizes: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8, pad: 0 };
const LINKTYPE_NETLINK = 253;
const NETLINK_GENERIC = 16;
/** Bits of a message's flags, and of an attribute's type. */
const [NLM_F_REQUEST, NLM_F_DUMP, NLA_TYPE_MASK] = [0x1, 0x300, 0x3fff];

interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly payload: Buffer;
}

function align(length: number): number {
  return (length + 3) & ~3;
}

/** The generic netlink messages of a recording: pcap, and a pseudo header of 16 bytes before each datagram. */
function messagesOf(file: string): Message[] {
  const bytes = readFileSync(file);
  const messages: Message[] = [];
  for (let at = 24; at < bytes.length; ) {
    const end = at + 16 + bytes.readUInt32LE(at + 8);
    const generic = bytes.readUInt16BE(at + 30) === NETLINK_GENERIC;
    for (let start = at + 32; generic && start + 16 <= end; ) {
      const length = bytes.readUInt32LE(start);
      messages.push({
        type: bytes.readUInt16LE(start + 4),
        flags: bytes.readUInt16LE(start + 6),
        sequence: bytes.readUInt32LE(start + 8),
        payload: bytes.subarray(start + 16, start + length),
      });
      start += align(length);
    }
    at = end;
  }
  return messages;
}

function attributesOf(bytes: Buffer): [type: number, value: Buffer][] {
  const found: [number, Buffer][] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    assert.ok(length >= 4 && at + length <= bytes.length, 'an attribute ends within its nest');
    found.push([bytes.readUInt16LE(at + 2) & NLA_TYPE_MASK, bytes.subarray(at + 4, at + length)]);
    at += align(length);
  }
  return found;
}

/** The id of the family in a recording: nlctrl's reply has its name (attribute 2) and id (1). */
function familyId(messages: readonly Message[]): number {
  const name = Buffer.from(`${specification.name}\0`);
  for (const { type, flags, payload } of messages) {
    if (type !== 0x10 || flags & NLM_F_REQUEST) continue;
    const attributes = new Map(attributesOf(payload.subarray(4)));
    if (attributes.get(2)?.equals(name)) return attributes.get(1)!.readUInt16LE();
  }
  throw new Error('no reply of nlctrl');
}

/** What occurred in recordings: `request get-dest`, `destination.port`. */
const recorded = new Set<string>();

function checkValue(path: string, attribute: Attribute, value: Buffer): void {
  const { type, checks = {}, struct } = attribute;
  if (type === 'nest') {
    checkNest(path, attribute['nested-attributes']!, value);
  } else if (type === 'string') {
    assert.equal(value.indexOf(0), value.length - 1, `${path} ends with its only NUL`);
  } else if (type === 'binary') {
    const members = specification.definitions.find(({ name }) => name === struct)?.members ?? [];
    const size = members.reduce((sum, member) => sum + sizes[member.type]!, 0);
    if (struct !== undefined) assert.equal(value.length, size, path);
    assert.ok(value.length <= (checks['max-len'] ?? value.length), path);
    assert.equal(value.length, checks['exact-len'] ?? value.length, path);
  } else {
    assert.equal(value.length, sizes[type], `${path} is a ${type}`);
  }
}

function checkNest(path: string, set: string, bytes: Buffer, allowed?: readonly string[]): void {
  const seen = new Set<string>();
  for (const [type, value] of attributesOf(bytes)) {
    const attribute = sets.get(set)![type - 1];
    assert.ok(attribute, `${path}: attribute ${type} of ${set} is described`);
    const attributePath = `${path}.${attribute.name}`;
    if (allowed !== undefined)
      assert.ok(allowed.includes(attribute.name), `${attributePath} is one that the operation has`);
    if (attribute.type !== 'pad') {
      assert.ok(attribute['multi-attr'] || !seen.has(attribute.name), `${attributePath} comes once`);
      seen.add(attribute.name);
      recorded.add(`${set}.${attribute.name}`);
    }
    checkValue(attributePath, attribute, value);
  }
}

/** Checks one message and returns the operation that it belongs to. */
function checkMessage(message: Message, requests: ReadonlyMap<number, Operation>): Operation {
  const { flags, payload, sequence } = message;
  const command = payload.readUInt8(0);
  const kind = (flags & NLM_F_DUMP) === NLM_F_DUMP ? 'dump' : 'do';
  if (flags & NLM_F_REQUEST) {
    const operation = specification.operations.list.find((one) => one[kind]?.request.value === command);
    assert.ok(operation, `command ${command} is described as a ${kind}`);
    recorded.add(`request ${operation.name}`);
    checkNest(
      operation.name,
      operation['attribute-set'],
      payload.subarray(4),
      operation[kind]!.request.attributes ?? [],
    );
    return operation;
  }
  const operation = requests.get(sequence)!;
  const reply = (operation.dump ?? operation.do)!.reply!;
  assert.equal(command, reply.value, `the reply to ${operation.name}`);
  recorded.add(`reply ${operation.name}`);
  checkNest(operation.name, operation['attribute-set'], payload.subarray(4), reply.attributes);
  return operation;
}

const folder = join(project, 'fixtures');
const recordings = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.pcap'))
  .filter((name) => readFileSync(join(folder, name)).readUInt32LE(20) === LINKTYPE_NETLINK)
  // The first version of the patch proposed in 2020, whose command no kernel of ours answers any more, does not nest
  // destinations.
  .filter((name) => !name.startsWith('flat-'))
  .sort();

describe('the YNL specification of the family', () => {
  for (const recording of recordings) {
    it(`agrees with every message of ${recording}`, () => {
      const messages = messagesOf(join(folder, recording));
      const family = familyId(messages);
      const requests = new Map<number, Operation>();
      for (const message of messages)
        if (message.type === family) requests.set(message.sequence, checkMessage(message, requests));
      assert.ok(requests.size > 0);
    });
  }

  it('describes nothing that was not recorded', () => {
    const described = [
      ...specification.operations.list.flatMap((operation) => [
        `request ${operation.name}`,
        ...((operation.dump ?? operation.do)!.reply === undefined ? [] : [`reply ${operation.name}`]),
      ]),
      ...[...sets].flatMap(([set, attributes]) =>
        attributes.filter(({ type }) => type !== 'pad').map(({ name }) => `${set}.${name}`),
      ),
    ];
    assert.deepEqual(
      described.filter((each) => !recorded.has(each)),
      [],
    );
  });

  it('numbers what the patches add as their header does', () => {
    // The patches define IPVS_SVC_ATTR_DESTS and IPVS_CMD_GET_SERVICE_DEST; all other numbers are the kernel's.
    assert.equal(sets.get('service')!.findIndex(({ name }) => name === 'dests') + 1, 13);
    assert.equal(specification.operations.list.at(-1)!.dump!.request.value, 18);
  });
});
