import assert from 'node:assert/strict';
import {
  DesiredFileError,
  type DesiredState,
  desiredFileText,
  type FileFormat,
  parseDesiredState,
} from '../../../lib/index.ts';
import { asyncOutcomeOf } from './outcomes.ts';

/** A desired-state file with every field. */
export const exampleFile: object = {
  $schema: 'x',
  services: [
    {
      ...{ protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'mh', schedulerFlags: ['mh-port'] },
      persistence: { timeout: 300, netmask: '255.255.255.0' },
      ...{ persistenceEngine: 'sip', otherFlags: 64, unknown: [{ type: 99, bytes: '00ff' }] },
      destinations: [
        {
          address: '10.1.0.1',
          port: 80,
          weight: 2,
          forwarding: 'masq',
          upperThreshold: 9,
          lowerThreshold: 1,
        },
        {
          address: 'fd00::1',
          port: 0,
          forwarding: 'tunnel',
          tunnel: { type: 'gue', port: 6080, checksum: 'csum' },
        },
      ],
    },
    {
      mark: 7,
      family: 'ipv6',
      scheduler: 'rr',
      persistence: { timeout: 1, prefixLength: 64 },
      destinations: [],
    },
    { protocol: 'udp', address: '::1', port: 53, scheduler: 'rr', onePacket: true, destinations: [] },
  ],
  sysctls: { conntrack: 1, sync_threshold: [3, 50], est_cpulist: '0-3,8' },
  timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
  daemons: [
    { role: 'master', interface: 'eth0', syncId: 1, multicastGroup: '224.0.0.81', multicastPort: 8848 },
  ],
};

/** Names, values and punctuation of such files. */
export const FILE_DICTIONARY: readonly string[] = [
  ...new Set(JSON.stringify(exampleFile).match(/"[^"]*"|\w+|./gs)),
  ...[
    '{',
    '}',
    '[',
    ']',
    ': ',
    ', ',
    '"',
    '{}',
    '[]',
    'null',
    'true',
    'false',
    '-',
    '.5',
    'e9',
    '\\u0000',
    '\\',
    '"services": []',
  ],
];

/**
 * Checks that a file is either refused with a list of errors, or gives the same desired state when it is written and
 * read again, in both formats.
 */
export async function assertDesiredFile(text: string, format: FileFormat): Promise<void> {
  const outcome = await asyncOutcomeOf([DesiredFileError], () => parseDesiredState(text, { format }));
  if ('error' in outcome) {
    const { errors, count } = outcome.error as DesiredFileError;
    assert.ok(errors.length > 0 && count >= errors.length);
    for (const { line, column } of errors) assert.ok(line >= 1 && column >= 1);
    return;
  }
  const written = await textOf(outcome.value, 'json');
  for (const outputFormat of ['json', 'yaml'] as const) {
    const reread = async (state: DesiredState): Promise<DesiredState> =>
      parseDesiredState(await textOf(state, outputFormat), { format: outputFormat });
    // Twice, as writing reverses the destinations: the kernel lists the newest first.
    const same = await reread(await reread(outcome.value));
    assert.equal(await textOf(same, 'json'), written);
  }
}

function textOf(state: DesiredState, format: FileFormat): Promise<string> {
  return desiredFileText(state.services, format, state);
}
