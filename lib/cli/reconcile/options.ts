import { dirname, join, resolve } from 'node:path';
import type { FieldError } from '../../../protocol/netlink/index.ts';
import { type ListenAddress, parseListenAddress } from '../../http/listen-address.ts';
import type { ReconcileOptions } from '../../ipvs/reconcile/index.ts';
import { type EtcdOptions, EtcdSource, PathSource, type StateSource } from '../../ipvs/source/index.ts';
import { CommandError } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import { fileFormat, planOptions } from '../state/options.ts';
import { ownFilter } from './own-filter.ts';

/** Interval at which the table's generation (the kernel's count of its changes) is read, in milliseconds. */
const POLL_PERIOD = 1000;
/** Timeout for reading the table, and for applying a plan, in milliseconds. */
const TIMEOUT = 120_000;
/** Maximum delay between a failure and the next run, in milliseconds. */
const MAX_RETRY_DELAY = 30_000;
/** Default of --period, in milliseconds. */
const PERIOD = 30_000;
const ETCD = 'etcd:';
const NEEDED = 'reconcile needs a file, a directory or etcd:KEY';
/** The options for a source in etcd. */
const ETCD_OPTIONS = ['endpoints', 'cacert', 'cert', 'key', 'user', 'password-file'];
const REQUIRED_TOGETHER = [
  ['cert', 'key'],
  ['key', 'cert'],
  ['user', 'password-file'],
  ['password-file', 'user'],
] as const;

/** Returns the options of reconciling. Throws a CommandError. */
export function reconcileOptions(
  line: SubcommandLine,
): Omit<ReconcileOptions, 'allowRemoval'> & { readonly period: number } {
  const { allowRemoval: _, ...options } = planOptions(line);
  const own = line.options.get('own');
  const period = line.options.get('period');
  if (period !== undefined && Number(period) === 0) throw new CommandError('--period 0: must be 1 or more');
  return {
    ...options,
    filter: own === undefined ? undefined : ownFilter(own),
    period: period === undefined ? PERIOD : Number(period) * 1000,
    pollPeriod: POLL_PERIOD,
    deadline: TIMEOUT,
    backoff: { maximum: MAX_RETRY_DELAY },
  };
}

/** Returns the source named by the operand. Throws a CommandError. */
export function stateSourceOf(line: SubcommandLine): StateSource {
  const { operand, options } = line;
  const format = fileFormat(line);
  if (!operand.startsWith(ETCD)) {
    const extra = ETCD_OPTIONS.find((name) => options.has(name));
    if (extra !== undefined) throw new CommandError(`--${extra}: is for a source in etcd, as etcd:KEY`);
    if (/^https?:/.test(operand))
      throw new CommandError(`${operand}: ${NEEDED}; fetch it into a file that is replaced as a whole`);
    if (operand === '-') throw new CommandError(`-: ${NEEDED}`);
    return new PathSource(operand, { format });
  }
  const key = operand.slice(ETCD.length);
  if (key === '') throw new CommandError('etcd: needs a key, or a prefix that ends in /');
  if (key.startsWith('//'))
    throw new CommandError(
      `${operand}: must be written as etcd:KEY; the endpoints are given with --endpoints`,
    );
  for (const [one, other] of REQUIRED_TOGETHER)
    if (options.has(one) && !options.has(other)) throw new CommandError(`--${one}: needs --${other} as well`);
  const etcdOptions: EtcdOptions = {
    endpoints: options.get('endpoints')?.split(',').map(checkedEndpoint),
    caFile: options.get('cacert'),
    certificateFile: options.get('cert'),
    keyFile: options.get('key'),
    user: options.get('user'),
    passwordFile: options.get('password-file'),
    format,
  };
  return new EtcdSource(key, etcdOptions);
}

function checkedEndpoint(text: string): string {
  const endpoint = text.trim();
  if (/^https?:\/\/[^/@]+\/?$/.test(endpoint) && URL.canParse(endpoint)) return endpoint;
  throw new CommandError(`--endpoints ${endpoint}: must be URLs such as https://192.0.2.11:2379`);
}

/**
 * Returns the path of the file for drains and the last good state; undefined for none. Throws a CommandError if the
 * source is that file, or a folder that holds it.
 */
export function stateFilePath(
  line: SubcommandLine,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const folder = environment.STATE_DIRECTORY?.split(':')[0];
  const path = line.options.get('state') ?? (folder ? join(folder, 'reconcile.json') : undefined);
  if (path !== undefined && [resolve(path), dirname(resolve(path))].includes(resolve(line.operand)))
    throw new CommandError(`--state ${path}: must be neither the source nor a file in it`);
  return path;
}

/** Returns the address of the status server; undefined without --listen. Throws a CommandError. */
export function listenAddress({ options }: SubcommandLine): ListenAddress | undefined {
  const text = options.get('listen');
  try {
    return text === undefined ? undefined : parseListenAddress('--listen', text);
  } catch (error) {
    throw new CommandError(`--listen ${text}: ${(error as FieldError).problem}`);
  }
}
