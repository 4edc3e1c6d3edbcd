import type { OptionDescription } from '../options.ts';

/** The option of `ipvs apply` and `ipvs reconcile` for draining. */
export const drainOption: OptionDescription = {
  long: 'drain',
  value: 'seconds',
  help: 'drain real servers for at most this time before removing them',
};

/** The options of `ipvs reconcile` besides those that it shares with `apply` and `diff`. */
export const reconcileOptionDescriptions: readonly OptionDescription[] = [
  {
    long: 'own',
    value: 'patterns',
    help: 'only manage these services: 192.0.2.0/24,tcp:[2001:db8::]/32:80,fwmark:1-9',
  },
  { long: 'once', help: 'reconcile once and exit' },
  { long: 'dry-run', help: 'show changes without making them' },
  drainOption,
  { long: 'state', value: 'file', help: 'save drains and the last good state in this file, for restarts' },
  { long: 'period', value: 'seconds', help: 'time between two reads of the table; default 30' },
  {
    long: 'listen',
    value: '[host:]port',
    help: 'serve /metrics and /healthz over HTTP; default host 127.0.0.1',
  },
  { long: 'log', value: 'text|json', help: 'format of the log on standard error; default text' },
  {
    long: 'endpoints',
    value: 'urls',
    help: 'URLs of etcd, separated by commas; default http://127.0.0.1:2379',
  },
  { long: 'cacert', value: 'file', help: 'certificates of the CAs to trust for etcd' },
  { long: 'cert', value: 'file', help: 'client certificate for etcd' },
  { long: 'key', value: 'file', help: 'private key of the client certificate' },
  { long: 'user', value: 'name', help: 'etcd user' },
  { long: 'password-file', value: 'file', help: 'file with the password of the etcd user' },
];
