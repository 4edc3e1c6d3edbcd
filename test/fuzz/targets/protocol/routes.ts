import assert from 'node:assert/strict';
import {
  ByteView,
  DecodeError,
  decodeInterfaceAddress,
  decodeLink,
  decodeRoute,
  MessageWalker,
} from '../../../../protocol/index.ts';
import { attribute, message, nest, padded, u16, u32 } from '../../../protocol/reference-encoder.ts';
import { assertPrintable, outcomeOf } from '../../checks/outcomes.ts';
import { capturedDatagrams } from '../../seeds.ts';
import type { Target } from '../../target.ts';

const DECODERS = [decodeRoute, decodeLink, decodeInterfaceAddress] as const;

/** Returns a route with two next hops, one of which has an IPv6 gateway whatever the family of the route is. */
function route(family: number, length: number): Uint8Array {
  const gateway = attribute(5, Buffer.alloc(length, 1));
  const via = attribute(18, Buffer.concat([u16(10), Buffer.alloc(16, 2)]));
  const hop = (inside: Buffer): Buffer =>
    Buffer.concat([u16(8 + inside.length), Buffer.from([1, 2]), u32(3), inside]);
  const hops = attribute(9, hop(padded([gateway])), hop(padded([via, attribute(19, u32(0x64100))])));
  const header = Buffer.from([family, 8 * length, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0]);
  const others = [
    attribute(1, Buffer.alloc(length, 10)),
    nest(8, attribute(2, u32(1500))),
    attribute(15, u32(254)),
  ];
  return message({ type: 24, sequence: 1 }, header, padded([...others, gateway, hops]));
}

export const target: Target = {
  format: { kind: 'messages' },
  coveredModules: ['protocol/route/', 'protocol/netlink/text/address-text.js'],
  seeds: () => [route(2, 4), route(10, 16), route(28, 4), route(128, 4), ...capturedDatagrams(0)],
  run(input) {
    const walker = new MessageWalker(new ByteView(input));
    outcomeOf([DecodeError], () => {
      while (walker.next()) {
        for (const decode of DECODERS) {
          const outcome = outcomeOf([DecodeError], () => decode(walker.message));
          if ('error' in outcome) continue;
          const { attributes, ...fields } = outcome.value;
          const hops = 'nextHops' in fields ? fields.nextHops : [];
          for (const hop of hops) assert.ok((hop.weight ?? hop.ttlThreshold!) >= 0);
          for (const text of [fields, ...hops].flatMap((one) =>
            'gateway' in one ? [one.gateway ?? ''] : [],
          ))
            assertPrintable(text);
        }
      }
    });
  },
};
