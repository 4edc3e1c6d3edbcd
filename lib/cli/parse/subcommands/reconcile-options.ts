import type { Described } from '../options.ts';

/** The options of `ipvs reconcile` besides those of every plan. */
export const reconcileOptions: readonly Described[] = [
  {
    long: 'own',
    value: 'patterns',
    help: 'which services are ours: 192.0.2.0/24,tcp:[2001:db8::]/32:80,fwmark:1-9',
  },
  { long: 'once', help: 'make the table so once, and end' },
  { long: 'dry-run', help: 'show what would change, and change nothing' },
  { long: 'drain', value: 'seconds', help: 'let connections of what goes end for so long' },
  { long: 'state', value: 'file', help: 'where drains and the last good state are kept over a restart' },
  { long: 'period', value: 'seconds', help: 'read the table again after so long; 30 by default' },
  {
    long: 'listen',
    value: '[host:]port',
    help: 'serve /metrics and /healthz over HTTP; on 127.0.0.1 by default',
  },
  { long: 'log', value: 'text|json', help: 'how the log on standard error is written' },
  { long: 'endpoints', value: 'urls', help: 'where etcd is, with commas; http://127.0.0.1:2379 by default' },
  { long: 'cacert', value: 'file', help: "the certificates of authorities that etcd's is held to" },
  { long: 'cert', value: 'file', help: 'the certificate that is shown to etcd' },
  { long: 'key', value: 'file', help: 'the key of that certificate' },
  { long: 'user', value: 'name', help: 'the user of etcd' },
  { long: 'password-file', value: 'file', help: "the file with that user's password" },
];
