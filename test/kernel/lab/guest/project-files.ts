import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from '../project.ts';

/** Development dependencies that build, check or draw; nothing that runs in a guest imports them. */
const buildTools: ReadonlySet<string> = new Set([
  '@biomejs/biome',
  'echarts',
  'esbuild',
  'knip',
  'publint',
  'typescript',
  'tsx',
]);

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}

/** The folders under node_modules that the built project can import from, relative to the project. */
async function runtimePackages(): Promise<Set<string>> {
  const manifest = await readManifest(projectFolder);
  const folders = new Set<string>();
  const add = async (name: string): Promise<void> => {
    const folder = join('node_modules', name);
    if (name.startsWith('@types/') || folders.has(folder) || !existsSync(join(projectFolder, folder))) return;
    folders.add(folder);
    const { dependencies, optionalDependencies } = await readManifest(join(projectFolder, folder));
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) await add(needed);
  };
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
    if (!buildTools.has(name)) await add(name);
  return folders;
}

/**
 * The files of the project that a guest gets, relative to the project: package.json, the unit for systemd, dist,
 * fixtures, and the packages that run there; no declarations, source maps or prebuilt addons for other machines.
 */
export async function projectFiles(): Promise<string[]> {
  const files = ['package.json', 'lib/cli/ipvs-reconcile.service'];
  const folders = ['dist', 'fixtures', ...(await runtimePackages())];
  for (const folder of folders.filter((name) => existsSync(join(projectFolder, name)))) {
    const entries = await readdir(join(projectFolder, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (entry.isDirectory()) continue;
      const path = join(entry.parentPath, entry.name).slice(projectFolder.length + 1);
      if (/\.(d\.[cm]?ts|map|tsbuildinfo|md)$/.test(path)) continue;
      if (/\/prebuilds\/(?!linux-x64\/)/.test(path) || /\/node_modules\/@types\//.test(path)) continue;
      files.push(path);
    }
  }
  return files;
}
