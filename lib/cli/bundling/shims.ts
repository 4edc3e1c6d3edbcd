import { closeSync, existsSync, lstatSync, openSync, readSync } from 'node:fs';

/**
 * Number of bytes of Node's executable that are read: the name of its dynamic loader is near the beginning.
 */
const BYTES_READ = 4096;

function linkedAgainst(loader: string): boolean {
  const start = Buffer.alloc(BYTES_READ);
  const program = openSync(process.execPath, 'r');
  try {
    readSync(program, start, 0, BYTES_READ, 0);
  } finally {
    closeSync(program);
  }
  return start.includes(loader);
}

/**
 * Replaces `process.report` in the bundle: ffi-rs uses it to tell glibc from musl, and a full report takes as
 * long as the rest of the start.
 */
export const report = {
  getReport(): object {
    if (linkedAgainst('/ld-linux')) return { header: { glibcVersionRuntime: 'glibc' } };
    if (linkedAgainst('/ld-musl')) return { header: {} };
    const { report: original } = process;
    return original!.getReport();
  },
};

/** Replaces `import.meta` in the bundle, which is not an ES module. */
export const importMeta = {
  get url(): string {
    const { pathToFileURL }: typeof import('node:url') = require('node:url');
    return pathToFileURL(__filename).href;
  },
};

/**
 * Returns the path of an addon of ffi-rs in npm's layout, by the name of its package; undefined if it is not
 * there.
 */
function addonFile(name: string): string | undefined {
  const file = `${name}/${name.slice(name.indexOf('/') + 1).replace(/^ffi-rs-/, 'ffi-rs.')}.node`;
  const folder = require.resolve.paths('ffi-rs')?.find((path) => existsSync(`${path}/ffi-rs`));
  // Node resolves modules from the real path of a package.
  if (folder === undefined || lstatSync(`${folder}/ffi-rs`).isSymbolicLink()) return undefined;
  return [`${folder}/ffi-rs/node_modules/${file}`, `${folder}/${file}`].find((path) => existsSync(path));
}

/**
 * Loads an addon of ffi-rs, by the name of its package, from the place where ffi-rs would find it, which need
 * not be visible from the bundle. Node's own resolution takes longer than loading the addon and is used only
 * for layouts other than npm's.
 */
export function loadAddon(name: string): unknown {
  const file = addonFile(name);
  if (file === undefined) return require(require.resolve(name, { paths: [require.resolve('ffi-rs')] }));
  const addon = { exports: {} };
  process.dlopen(addon, file);
  return addon.exports;
}
