import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../process.ts';
import { cacheFolder } from '../project.ts';
import type { KernelSeries } from './packages.ts';

/** The Debian suite with kernels newer than those of the release that the lab runs on, and the release it is for. */
const NEWER_SUITES = ['trixie-backports', 'trixie'] as const;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Age at which the package lists of these Debian suites are fetched again, in milliseconds. */
const LISTS_AGE = 24 * 60 * 60 * 1000;

/**
 * The address of the Debian archive among apt's targets: that of the release's own suite.
 *
 * @param targets lines of `SITE RELEASE`, as `apt-get indextargets` prints them
 * @param codename the release, as /etc/os-release calls it
 */
export function archiveAddress(targets: string, codename: string): string | undefined {
  for (const line of targets.split('\n')) {
    const [site, release] = line.trim().split(' ');
    if (release === codename) return site;
  }
  return undefined;
}

/**
 * Fetches the package lists of NEWER_SUITES into a folder of the cache, and returns the options with which apt reads
 * them; the machine's own lists stay as they are.
 */
async function fetchNewerLists(): Promise<readonly string[]> {
  const lists = join(cacheFolder, 'lists', NEWER_SUITES[0]);
  await mkdir(join(lists, 'partial'), { recursive: true });
  // Not in the folder of the lists: apt removes other files from there.
  const source = `${lists}.list`;
  const options = [
    `Dir::Etc::sourcelist=${source}`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::Lists=${lists}`,
  ];
  const aptArgs = options.flatMap((option) => ['-o', option]);
  const fetched = await stat(source).catch(() => undefined);
  if (fetched !== undefined && Date.now() - fetched.mtimeMs < LISTS_AGE) return aptArgs;
  const codename = /^VERSION_CODENAME=(.+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? '';
  const targets = await runCommand('apt-get', ['indextargets', '--format', '$(SITE) $(RELEASE)']);
  const address = archiveAddress(targets, codename);
  if (address === undefined) throw new Error(`apt has no source of Debian ${codename}`);
  const entries = NEWER_SUITES.map((suite) => `deb [signed-by=${KEYRING}] ${address} ${suite} main\n`);
  await writeFile(source, entries.join(''));
  try {
    await runCommand('apt-get', [...aptArgs, '--quiet', 'update']);
  } catch (error) {
    await rm(source);
    throw error;
  }
  return aptArgs;
}

let newerListsOptions: Promise<readonly string[]> | undefined;

/**
 * The options with which apt-get and apt-cache read the Debian suite that has a series of kernels: none for the
 * machine's own lists; for newer suites the lists in the cache, fetched again when they are a day old.
 */
export async function aptOptions(series: KernelSeries): Promise<readonly string[]> {
  if (series !== '7.x') return [];
  newerListsOptions ??= fetchNewerLists();
  return newerListsOptions;
}
