import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from '../cache.ts';
import { runCommand } from '../process.ts';
import { projectFolder } from '../project.ts';
import { MissingPackages, requireTools } from '../tools.ts';

const sources: string = join(projectFolder, 'test/kernel/reader');
const headers = '/usr/include/libnl3';

/**
 * The path of `ipvs-list`, a libnl program in C that lists services by the single dump; built when its sources
 * have changed. Throws MissingPackages, and CommandFailure with the compiler's output.
 */
export async function ipvsListProgram(): Promise<string> {
  const compiler = requireTools(new Map([['gcc-12', 'gcc-12']])).get('gcc-12')!;
  const missing = new Map<string, string>();
  if (!existsSync(join(headers, 'netlink/genl/genl.h'))) missing.set(headers, 'libnl-genl-3-dev');
  if (!existsSync('/usr/include/stdio.h')) missing.set('/usr/include', 'libc6-dev');
  if (missing.size > 0) throw new MissingPackages(missing);
  const names = (await readdir(sources)).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`\0${name}\0`).update(await readFile(join(sources, name)));
  const folder = await cachedFolder(`reader/${hash.digest('hex').slice(0, 16)}`, async (target) => {
    const files = names.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
    const warnings = ['-Wall', '-Wextra', '-Werror'];
    const args = ['-O2', ...warnings, `-I${headers}`, ...files, '-o', join(target, 'ipvs-list')];
    await runCommand(compiler, [...args, '-lnl-genl-3', '-lnl-3']);
  });
  return join(folder, 'ipvs-list');
}
