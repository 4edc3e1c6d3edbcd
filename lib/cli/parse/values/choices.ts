import { SCHEDULERS } from '../../../../protocol/ipvs/fields/names.ts';

/** The values that an option accepts, by its long name. */
export const optionChoices: Readonly<Record<string, readonly string[]>> = {
  scheduler: SCHEDULERS,
  pe: ['sip'],
  'tun-type': ['ipip', 'gue', 'gre'],
  'start-daemon': ['master', 'backup'],
  'stop-daemon': ['master', 'backup'],
  remove: ['all', 'destinations', 'nothing'],
  // What becomes of fields that a desired-state file leaves out.
  absent: ['default', 'leave'],
  protocol: ['tcp', 'udp', 'sctp'],
  'count-by': ['client', 'destination', 'state'],
  sort: ['address', 'conns', 'rate', 'bytes', 'total'],
  format: ['json', 'yaml'],
  log: ['text', 'json'],
  // The naming scheme of the exporter's metrics: this package's, node_exporter's, or both.
  names: ['ipvs', 'node', 'both'],
};
