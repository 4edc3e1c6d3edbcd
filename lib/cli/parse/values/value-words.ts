import { SCHEDULERS } from '../../../../protocol/ipvs/fields/names.ts';

/** Words that an option accepts as its value, by its long name. */
export const valueWords: Readonly<Record<string, readonly string[]>> = {
  scheduler: SCHEDULERS,
  pe: ['sip'],
  'tun-type': ['ipip', 'gue', 'gre'],
  'start-daemon': ['master', 'backup'],
  'stop-daemon': ['master', 'backup'],
  remove: ['all', 'destinations', 'nothing'],
  absent: ['default', 'leave'],
  protocol: ['tcp', 'udp', 'sctp'],
  'count-by': ['client', 'destination', 'state'],
  sort: ['address', 'conns', 'rate', 'bytes', 'total'],
  format: ['json', 'yaml'],
  log: ['text', 'json'],
  names: ['ipvs', 'node', 'both'],
};

/** Flags of schedulers: those of any scheduler, and those of only one. */
export const schedulerFlagWords: {
  readonly any: readonly string[];
  readonly own: Readonly<Record<string, readonly string[]>>;
} = {
  any: ['flag-1', 'flag-2', 'flag-3'],
  own: { sh: ['sh-fallback', 'sh-port'], mh: ['mh-fallback', 'mh-port'] },
};
