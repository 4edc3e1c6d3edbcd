import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  destinationKeyValues,
  destinationValues,
  ipvsCodec,
  MessageWriter,
  serviceKeyValues,
  serviceValues,
} from '../../../protocol/index.ts';
import { encodeDestinationNest, encodeServiceNest } from '../../../protocol/ipvs/encode/nests.ts';
import { destinationDefinitions, serviceDefinitions } from '../arbitraries.ts';

function written(write: (writer: MessageWriter) => void): string {
  const writer = new MessageWriter(0);
  write(writer);
  return Buffer.from(writer.bytes).toString('hex');
}

test('a service is encoded to the same bytes as by the codec', () => {
  fc.assert(
    fc.property(serviceDefinitions, (definition) => {
      for (const service of [serviceValues(definition), serviceKeyValues(definition)]) {
        assert.equal(
          written((writer) => encodeServiceNest(writer, service)),
          written((writer) => ipvsCodec.encode('command', writer, { service })),
        );
      }
    }),
  );
});

test('a destination is encoded to the same bytes as by the codec', () => {
  fc.assert(
    fc.property(destinationDefinitions, (definition) => {
      for (const destination of [destinationValues(definition), destinationKeyValues(definition)]) {
        assert.equal(
          written((writer) => encodeDestinationNest(writer, destination)),
          written((writer) => ipvsCodec.encode('command', writer, { destination })),
        );
      }
    }),
  );
});
