import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteView, MessageWalker, type ServiceWithDestinations } from '../../../protocol/index.ts';
import { ServiceAssembler } from '../../../protocol/ipvs/assembler.ts';
import { plainDestination } from '../plain-decoder.ts';
import { attribute, genericMessage } from '../plain-encoder.ts';
import { kernels, serviceOf, shown, usual } from './service-nests.ts';

/** The services of a dump whose messages are those, taken as they become complete. */
function assembled(messages: readonly Buffer[], merge: boolean): readonly ServiceWithDestinations[] {
  const assembler = new ServiceAssembler({ merge });
  const services: ServiceWithDestinations[] = [];
  for (const message of messages) {
    const view = new ByteView(Buffer.from(message));
    const walker = new MessageWalker(view, 0, message.length);
    while (walker.next()) assembler.add(walker.message);
    view.bytes.fill(0xff);
    services.push(...assembler.take());
  }
  services.push(...assembler.rest());
  return services;
}

test('a service that is split over messages is one, in both forms of the single dump', () => {
  const header = { type: 30, flags: 2 };
  const nested = (port: number, insides: readonly Buffer[]): Buffer =>
    genericMessage(header, 1, attribute(1, serviceOf(10, insides, port)));
  const flat = (inside: Buffer): Buffer => genericMessage(header, 5, attribute(2, inside));
  const insides = Object.values(kernels).flatMap((make, kind) => [make(100 * kind), make(100 * kind + 1)]);
  // Keys must differ, or merging takes two for one.
  const distinct = Array.from({ length: 24 }, (_, index) =>
    kernels[['usual', 'without STATS64', 'without a family', 'with a tunnel'][index % 4]!]!(1000 + index),
  );
  for (const merge of [false, true]) {
    const all = merge ? distinct : [...insides, ...distinct];
    const expected = all.map((inside) => plainDestination(inside, 'ipv6'));
    for (let cut = 0; cut <= all.length; cut += 3) {
      const parts = [
        nested(1, []),
        nested(2, all.slice(0, cut)),
        nested(2, all.slice(cut)),
        nested(3, distinct),
      ];
      const whole = assembled(parts, merge);
      assert.deepEqual(
        whole.map(({ port }) => port),
        [1, 2, 3],
      );
      assert.deepEqual(whole[1]!.destinations.map(shown), expected);
      assert.equal(whole[2]!.destinations.length, distinct.length);
      assert.deepEqual(whole[0]!.destinations, []);
      const inTurn = assembled(
        [nested(1, []), nested(2, all.slice(0, cut)), ...all.slice(cut).map(flat), nested(3, [])],
        merge,
      );
      assert.deepEqual(inTurn[1]!.destinations.map(shown), expected);
      assert.equal(inTurn.length, 3);
    }
  }
});

test('asking for destinations between the parts of a service changes nothing', () => {
  const header = { type: 30, flags: 2 };
  const message = (number: number): Buffer =>
    genericMessage(header, 1, attribute(1, serviceOf(2, [usual(number), usual(number + 1)], 9)));
  const assembler = new ServiceAssembler({ merge: false });
  for (const number of [10, 20, 30]) {
    const bytes = message(number);
    const walker = new MessageWalker(new ByteView(bytes), 0, bytes.length);
    walker.next();
    assembler.add(walker.message);
    if (number === 20) assert.equal(assembler.rest()[0]!.destinations.length, 4);
  }
  assert.deepEqual(
    assembler.rest()[0]!.destinations.map(({ port }) => port),
    [10, 11, 20, 21, 30, 31],
  );
});
