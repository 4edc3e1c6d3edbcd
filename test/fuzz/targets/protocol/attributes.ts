import assert from 'node:assert/strict';
import {
  type AttributeCodec,
  ByteView,
  controllerCodec,
  DecodeError,
  extendedAckCodec,
  FieldError,
  ipvsCodec,
  MessageWriter,
  routeCodec,
} from '../../../../protocol/index.ts';
import { everyTypeCodec, everyTypeEncoded } from '../../checks/every-type.ts';
import { outcomeOf } from '../../checks/outcomes.ts';
import { capturedDatagrams } from '../../seeds.ts';
import type { Target } from '../../target.ts';

type AnyCodec = AttributeCodec<Readonly<Record<string, never>>>;

/** Every set of every codec; the first byte of an input selects one. */
const sets: readonly (readonly [codec: AnyCodec, set: string])[] = [
  everyTypeCodec,
  ipvsCodec,
  controllerCodec,
  extendedAckCodec,
  routeCodec,
].flatMap((codec) => Object.keys(codec.sets).map((set) => [codec as unknown as AnyCodec, set] as const));

export const target: Target = {
  format: { kind: 'attributes', headerLength: 4 },
  coveredModules: ['protocol/netlink/attributes/', 'protocol/netlink/text/text-bytes.js'],
  seeds: () =>
    [
      everyTypeEncoded(),
      ...[...capturedDatagrams(), ...capturedDatagrams(0)].map((one) => one.subarray(20)),
    ].flatMap((attributes) => sets.map((_, index) => Uint8Array.of(index, 0, 0, 0, ...attributes))),
  run(input) {
    const [codec, set] = sets[(input[0] ?? 0) % sets.length]!;
    const view = new ByteView(input);
    const start = Math.min(4, input.length);
    const outcome = outcomeOf([DecodeError], () => codec.decode(set, view, start));
    outcomeOf([DecodeError], () => codec.pathAt(set, view, start, input.length, input[1]!));
    outcomeOf([DecodeError], () => codec.pathOfMissing(set, view, start, input.length, input[1]!, input[2]!));
    if ('error' in outcome) return;
    // The values can be encoded and decode to the same, unless they exceed the length of an attribute or have bits
    // outside of their selector.
    const writer = new MessageWriter();
    const written = outcomeOf([FieldError], () => codec.encode(set, writer, outcome.value));
    if ('value' in written) assert.deepEqual(codec.decodeBytes(set, writer.bytes), outcome.value);
    else assert.match(written.error.message, /65535|the selector/);
  },
};
