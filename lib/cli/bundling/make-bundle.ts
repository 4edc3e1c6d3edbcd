/**
 * Part of `npm run build`: makes the command start fast. Bundles it into one file, `bundle.cjs`, and writes
 * its compiled functions to a V8 code cache beside it, which is valid for this version of V8 only.
 * `launcher.cts` runs the bundle with the cache.
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
const shims: string = join(import.meta.dirname, 'shims.js');
const captureFile: string = join(project, 'fixtures/stock-6.1/ipvs-netlink-read.pcap');
const singleDumpFile: string = join(project, 'fixtures/single-7.x/single-dump.pcap');

/**
 * Command lines that are run once before the code cache is written, so that it contains the functions that
 * they call.
 */
const WARM_UP_COMMANDS: readonly (readonly string[])[] = [
  ['--version'],
  ['-Ln'],
  ['-Ln', '--stats'],
  ['-Ln', '--json'],
  ['-Ln', '-t', '10.0.0.1:80'],
  ['-Ln', '-t', '10.0.0.9:80'],
  ['-Ln', '--from', captureFile],
  ['-Sn'],
  ['-Sn', '--from', singleDumpFile],
  ['-A', '-t', '10.0.0.3:80', '-s', 'rr'],
  ['-a', '-t', '10.0.0.3:80', '-r', '10.1.0.3:80', '-m'],
  ['-e', '-t', '10.0.0.3:80', '-r', '10.1.0.3:80', '-m', '-w', '2'],
  ['-d', '-t', '10.0.0.3:80', '-r', '10.1.0.3:80'],
  ['-D', '-t', '10.0.0.3:80'],
  ['-C'],
  ['-R'],
];

/** Leaves the native addon of ffi-rs out of the bundle; the bundle loads it at run time. */
const addon: Plugin = {
  name: 'addon',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@yuuang\// }, ({ path }) => ({ path, namespace: 'addon' }));
    onLoad({ filter: /.*/, namespace: 'addon' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(shims)}).loadAddon('${path}');`,
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

async function makeBundle(): Promise<void> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: project,
    entryPoints: [join(cliFolder, 'main.js')],
    inject: [shims],
    define: { 'process.report': 'report', 'import.meta': 'importMeta' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minify: true,
    // Optional dependencies stay outside, and dynamic imports become calls of `require`.
    external: ['yaml', './*.node'],
    supported: { 'dynamic-import': false },
    plugins: [addon, deferred],
    write: false,
    metafile: true,
    logLevel: 'warning',
    logOverride: { 'require-resolve-not-external': 'silent' },
  });
  const command = outputFiles[0]!.text.replace(/^#!.*\n/, '');
  // A script whose value is the function that `launcher.cts` calls, and a module that calls it by itself. The launcher
  // could add this, but joining such long texts takes time.
  const text = `(run => typeof module === 'undefined' ? run : run(require, __filename, __dirname))
((function (require, __filename, __dirname) {${command}\n}))`;
  writeFileSync(join(cliFolder, 'bundle.cjs'), notice(Object.keys(metafile.inputs)) + text);
  // `DumpReadAhead` looks for the file of its thread beside its own code, which is now the bundle.
  copyFileSync(join(cliFolder, '../netlink/dump-thread/dump-thread.cjs'), join(cliFolder, 'dump-thread.cjs'));
}

/** Runs the bundle in `folder` like the launcher, and writes the code that V8 compiled to a cache file. */
async function makeCodeCache(folder: string): Promise<void> {
  const bundle = join(folder, 'bundle.cjs');
  const source = readFileSync(bundle);
  const script = new Script(source.toString('latin1'), { filename: bundle });
  const run = script.runInThisContext();
  const restore = useFakeKernel();
  // The cache records which functions V8 compiled to machine code, and V8 would compile them again at each
  // start.
  setFlagsFromString('--no-sparkplug');
  for (const args of WARM_UP_COMMANDS) {
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
  const name = `bundle-${process.versions.v8}-${process.arch}.cache`;
  // The launcher detects a stale cache by the source, and a corrupt one by the second copy of the code.
  writeFileSync(join(folder, name), Buffer.concat([code, source, code]));
}

const [option, folder] = process.argv.slice(2);
if (option === '--code-cache' && folder !== undefined) await makeCodeCache(folder);
else {
  await makeBundle();
  // In a process of its own, because the warm-up commands print.
  const args = [import.meta.filename, '--code-cache', cliFolder];
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`the code cache was not made: status ${status}`);
}
