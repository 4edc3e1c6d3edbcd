import assert from 'node:assert/strict';
import {
  ByteView,
  DecodeError,
  daemonValues,
  decodeDaemon,
  FieldError,
  ipvsCodec,
  MessageWriter,
} from '../../../../protocol/index.ts';
import { outcomeOf } from '../../checks/outcomes.ts';
import { capturedNests } from '../../seeds.ts';
import type { Target } from '../../target.ts';

/** IPVS_CMD_NEW_DAEMON and IPVS_CMD_DEL_DAEMON. */
const DAEMON_COMMANDS = [9, 10];

export const target: Target = {
  format: { kind: 'attributes', headerLength: 0 },
  coveredModules: ['protocol/ipvs/decode/daemon.js'],
  seeds: () => capturedNests(DAEMON_COMMANDS, 3),
  run(input) {
    const outcome = outcomeOf([DecodeError], () => decodeDaemon(new ByteView(input), 0, input.length));
    if ('error' in outcome) return;
    // The daemon is refused with the name of a field, or can be encoded and decodes to the same.
    const values = outcomeOf([FieldError], () => daemonValues(outcome.value));
    if ('error' in values) return;
    const writer = new MessageWriter();
    ipvsCodec.encode('daemon', writer, values.value);
    assert.deepEqual(decodeDaemon(new ByteView(writer.bytes), 0, writer.length), outcome.value);
  },
};
