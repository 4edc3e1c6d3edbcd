import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

function nearestPackage(from: string): string {
  let folder = from;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${from}`);
    folder = parent;
  }
  return folder;
}

/** The project's root folder: the nearest one above this module that has a package.json. */
export const projectFolder: string = nearestPackage(dirname(fileURLToPath(import.meta.url)));

/**
 * Where the lab keeps kernels, headers, sources and built modules: IPVS_LAB_CACHE, else `.cache/lab` in the project.
 */
export const cacheFolder: string = resolve(process.env.IPVS_LAB_CACHE || join(projectFolder, '.cache/lab'));
