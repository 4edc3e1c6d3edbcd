import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type ServiceWithDestinationsDefinition, serviceKeyText } from '../../../../lib/index.ts';
import { destinationDifferences, serviceDifferences } from '../../../../lib/ipvs/plan/compare/differences.ts';
import { matchesExactly } from '../../../../lib/ipvs/plan/compare/matches-exactly.ts';
import {
  type NormalDestination,
  normalDestination,
  normalDestinationKey,
  normalService,
  normalServiceKey,
} from '../../../../lib/ipvs/plan/compare/normal-form.ts';
import { ObjectTable } from '../../../../lib/ipvs/plan/table/current-table.ts';
import { connect, kernelWith, tables } from './tables.ts';

/** A service without the settings that few services have. */
function withoutRareSettings(service: ServiceWithDestinationsDefinition): ServiceWithDestinationsDefinition {
  const { persistence: _, persistenceEngine: __, schedulerFlags: ___, ...rest } = service;
  return {
    ...rest,
    destinations: rest.destinations.map((destination) => ({ ...destination, tunnel: undefined })),
  };
}

/** One change of one field, or none. */
const changes = fc.constantFrom<(service: ServiceWithDestinationsDefinition) => unknown>(
  (service) => service,
  (service) => ({ ...service, destinations: service.destinations.toReversed() }),
  (service) => ({ ...service, destinations: service.destinations.slice(1) }),
  (service) => ({ ...service, scheduler: 'lblc' }),
  (service) => ({ ...service, onePacket: true }),
  (service) => ({ ...service, persistence: { timeout: 9 } }),
  (service) => ({ ...service, schedulerFlags: ['flag-3'] }),
  (service) => ({ ...service, persistenceEngine: 'sip' }),
  (service) => ({ ...service, otherFlags: 64 }),
  (service) => ({ ...service, unknown: [{ type: 99, bytes: new Uint8Array(4) }] }),
  ...[
    { weight: 77 },
    { forwarding: 'direct-route' },
    { upperThreshold: 500 },
    { upperThreshold: 500, lowerThreshold: 400 },
    { tunnel: { type: 'gue', port: 99 } },
    { unknown: [{ type: 99, bytes: new Uint8Array(4) }] },
    { port: 81 },
  ].map((change) => (service: ServiceWithDestinationsDefinition) => ({
    ...service,
    destinations: service.destinations.map((destination, index) =>
      index === service.destinations.length - 1 ? { ...destination, ...change } : destination,
    ),
  })),
);

test('a service that matches exactly has no differences, with either meaning of absent fields', () => {
  let matching = 0;
  fc.assert(
    fc.property(tables, tables, changes, (table, others, change) => {
      const before = table.map((service, index) => (index % 3 < 2 ? withoutRareSettings(service) : service));
      const { services } = connect(kernelWith(before)).dump();
      const desired = new Map(
        [...others, ...(before.map(change) as typeof before)].map((service) => [
          serviceKeyText(normalServiceKey(service)),
          service,
        ]),
      );
      for (const current of services) {
        const definition = desired.get(serviceKeyText(current));
        if (definition === undefined || !matchesExactly(new ObjectTable([current]), 0, definition)) continue;
        matching++;
        assert.equal(definition.destinations.length, current.destinations.length);
        for (const absent of ['leave', 'default'] as const) {
          const expectedService = normalService(definition, undefined, absent);
          assert.deepEqual(normalService(definition, current, absent), expectedService);
          assert.deepEqual(serviceDifferences(current, expectedService), []);
          for (const destination of definition.destinations) {
            const { address, port } = normalDestinationKey(destination);
            const found = current.destinations.find(
              (other) => other.address === address && other.port === port,
            );
            assert.ok(found !== undefined);
            const expectedDestination: NormalDestination = normalDestination(destination, undefined, absent)!;
            assert.deepEqual(normalDestination(destination, found, absent), expectedDestination);
            assert.deepEqual(destinationDifferences(found, expectedDestination), []);
          }
        }
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(matching > 20, `${matching} matched`);
});
