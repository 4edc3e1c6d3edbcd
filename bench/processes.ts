import { spawnSync } from 'node:child_process';
import { inNetworkNamespace } from '../lib/netlink/socket/network-namespace.ts';
import type { BedAddress } from './bed.ts';
import { type Effort, type Measurement, measureInTurn, type Subject } from './measure.ts';
import type { WorkloadFacts } from './workloads.ts';

/** What of ipvsadm is run: its listings, and its version for what a process alone costs. */
type IpvsadmListing = '-Sn' | '-Ln' | '--version';

const LISTINGS: readonly IpvsadmListing[] = ['-Sn', '-Ln', '--version'];

/** Whole processes of ipvsadm on one workload. */
export interface ProcessFigures {
  readonly workload: WorkloadFacts;
  /** What `ipvsadm --version` says. */
  readonly version: string;
  readonly figures: readonly { readonly listing: IpvsadmListing; readonly time: Measurement }[];
}

/** Runs ipvsadm with the thread, and so the new process, in the table's namespace. */
function ipvsadm(netns: string, listing: IpvsadmListing, stdout: 'ignore' | 'pipe'): string {
  const {
    status,
    error,
    stdout: output,
  } = inNetworkNamespace(netns, () =>
    spawnSync('ipvsadm', [listing], { stdio: ['ignore', stdout, 'inherit'], encoding: 'utf8' }),
  );
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`ipvsadm ${listing} ended with status ${status}`);
  return output ?? '';
}

/** Measures ipvsadm from start to exit; `undefined` without a kernel to read or without ipvsadm. */
export async function measureProcesses(
  workload: WorkloadFacts,
  address: BedAddress,
  effort: Effort,
  progress: (text: string) => void,
): Promise<ProcessFigures | undefined> {
  if (address.kind === 'fake' || address.netns === undefined) return undefined;
  const { netns } = address;
  let version: string;
  try {
    version = ipvsadm(netns, '--version', 'pipe').trim();
  } catch {
    return undefined;
  }
  const subjects = new Map<IpvsadmListing, Subject>(
    LISTINGS.map((listing) => [listing, () => ipvsadm(netns, listing, 'ignore')]),
  );
  const times = await measureInTurn(subjects, effort, (listing, round) =>
    progress(`${workload.name}: ipvsadm ${listing}, round ${round} of ${effort.rounds}`),
  );
  return { workload, version, figures: [...times].map(([listing, time]) => ({ listing, time })) };
}
