/**
 * Part of `npm run build`: makes the command start fast. Bundles it into one file, `bundle.cjs`, and what
 * listings need of it into another, `listing.cjs`; writes their compiled functions to V8 code caches beside
 * them, which are valid for this version of V8 only. `launcher.cts` runs one of them with its cache.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { DEFERRED } from './deferred.ts';
import { useFakeKernel } from './warm-up.ts';

const cliFolder: string = join(import.meta.dirname, '..');
const project: string = join(cliFolder, '../../..');
const platform: string = join(import.meta.dirname, 'platform.js');
const captureFile: string = join(project, 'fixtures/stock-6.1/ipvs-netlink-read.pcap');

/** A file with the command, or a part of it, and all modules that it imports. */
interface Bundle {
  /** Name of the file, without its extension. */
  readonly name: string;
  /** Plugins of esbuild for this file only. */
  readonly plugins: readonly Plugin[];
  /**
   * Command lines that are run once before the code cache is written, so that it contains the functions that
   * they call.
   */
  readonly warmUpCommands: readonly (readonly string[])[];
}

/** Replaces the commands that list nothing by a module that runs `bundle.cjs`. */
const listingsOnly: Plugin = {
  name: 'listings-only',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/other-commands\.js$/ }, () => ({
      path: join(import.meta.dirname, 'run-bundle.js'),
    }));
  },
};

const bundles: readonly Bundle[] = [
  {
    name: 'bundle',
    plugins: [],
    warmUpCommands: [
      ['--version'],
      ['-A', '-t', '10.0.0.3:80', '-s', 'rr'],
      ['-a', '-t', '10.0.0.3:80', '-r', '10.1.0.3:80', '-m'],
      ['-e', '-t', '10.0.0.3:80', '-r', '10.1.0.3:80', '-m', '-w', '2'],
      ['-d', '-t', '10.0.0.3:80', '-r', '10.1.0.3:80'],
      ['-D', '-t', '10.0.0.3:80'],
      ['-C'],
      ['-R'],
    ],
  },
  {
    name: 'listing',
    plugins: [listingsOnly],
    warmUpCommands: [
      ['-Ln'],
      ['-Ln', '--stats'],
      ['-Ln', '--json'],
      ['-Ln', '-t', '10.0.0.1:80'],
      ['-Ln', '-t', '10.0.0.9:80'],
      ['-Ln', '--from', captureFile],
      ['-Sn'],
      ['-Sn', '--from', captureFile],
    ],
  },
];

/** Leaves the native addon of ffi-rs out of the bundle; the bundle loads it at run time. */
const addon: Plugin = {
  name: 'addon',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@yuuang\// }, ({ path }) => ({ path, namespace: 'addon' }));
    onLoad({ filter: /.*/, namespace: 'addon' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(platform)}).loadAddon('${path}');`,
      resolveDir: project,
    }));
  },
};

/**
 * Makes the bundle load {@link DEFERRED} modules on first use: each export becomes a getter that loads its
 * module.
 */
const deferred: Plugin = {
  name: 'deferred',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: DEFERRED }, ({ path, resolveDir, namespace }) => {
      if (namespace === 'deferred') return undefined;
      return { path: path.startsWith('.') ? join(resolveDir, path) : path, namespace: 'deferred' };
    });
    onLoad({ filter: /.*/, namespace: 'deferred' }, async ({ path }) => {
      const names = Object.keys((await import(path)) as object);
      const getters = names.map((name) => `get '${name}'() { return loaded()['${name}']; }`);
      return {
        contents: `let all;
          const loaded = () => (all ??= require(${JSON.stringify(path)}));
          module.exports = { ${getters.join(', ')} };`,
        resolveDir: project,
      };
    });
  },
};

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly homepage?: string;
}

/** The comment at the top of the bundle, which names the packages whose code is in it. */
function notice(inputs: readonly string[]): string {
  const names = new Set(inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]));
  const lines = [...names].flatMap((name) => {
    if (name === undefined) return [];
    const path = join(project, 'node_modules', name, 'package.json');
    const { version, license, homepage } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    return [` * ${name} ${version}, ${license}${homepage === undefined ? '' : `, ${homepage}`}`];
  });
  return `/*!\n * With code of\n${lines.join('\n')}\n */\n`;
}

async function makeBundle({ name, plugins }: Bundle): Promise<void> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: project,
    entryPoints: [join(cliFolder, 'main.js')],
    inject: [platform],
    define: { 'process.report': 'report', 'import.meta': 'importMeta' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minify: true,
    // Optional dependencies stay outside, and dynamic imports become calls of `require`.
    external: ['yaml', './*.node'],
    supported: { 'dynamic-import': false },
    plugins: [...plugins, addon, deferred],
    write: false,
    metafile: true,
    logLevel: 'warning',
    logOverride: { 'require-resolve-not-external': 'silent' },
  });
  const [output] = outputFiles;
  writeFileSync(
    join(cliFolder, `${name}.cjs`),
    notice(Object.keys(metafile.inputs)) + output!.text.replace(/^#!.*\n/, ''),
  );
}

/** Runs a bundle in `folder` like the launcher, and writes the code that V8 compiled to a cache file. */
async function makeCodeCache({ name, warmUpCommands }: Bundle, folder: string): Promise<void> {
  const bundle = join(folder, `${name}.cjs`);
  const source = readFileSync(bundle);
  const wrapped = `(function (require, __filename, __dirname) {${source.toString('latin1')}\n})`;
  const script = new Script(wrapped, { filename: bundle });
  const run = script.runInThisContext();
  const restore = useFakeKernel();
  // The cache records which functions V8 compiled to machine code, and V8 would compile them again at each
  // start.
  setFlagsFromString('--no-sparkplug');
  for (const args of warmUpCommands) {
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
    await new Promise<unknown>((resolve) => {
      process.exit = resolve as typeof process.exit;
      run(createRequire(bundle), bundle, folder);
    });
  }
  restore();
  // V8 rejects a cache that was made with other flags than the process has.
  setFlagsFromString('--sparkplug');
  const code = script.createCachedData();
  const cache = `${name}-${process.versions.v8}-${process.arch}.cache`;
  // The launcher detects a stale cache by the source, and a corrupt one by the second copy of the code.
  writeFileSync(join(folder, cache), Buffer.concat([code, source, code]));
}

const [option, folder, name] = process.argv.slice(2);
if (option === '--code-cache' && folder !== undefined)
  await makeCodeCache(bundles.find((bundle) => bundle.name === name)!, folder);
else {
  for (const bundle of bundles) {
    await makeBundle(bundle);
    // In a process of its own, because the warm-up commands print.
    const args = [import.meta.filename, '--code-cache', cliFolder, bundle.name];
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`the code cache of ${bundle.name}.cjs was not made: status ${status}`);
  }
  // `DumpReadAhead` looks for the file of its thread beside its own code, which is now a bundle.
  copyFileSync(join(cliFolder, '../netlink/dump-thread/dump-thread.cjs'), join(cliFolder, 'dump-thread.cjs'));
}
