import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { DEFERRED } from '../../../lib/cli/bundling/deferred.ts';

const project = join(import.meta.dirname, '../../../..');
const compiled = join(project, 'dist');
const launcher = join(compiled, 'lib/cli/launcher.cjs');
const recording = join(project, 'fixtures/single-6.1/single-dump.pcap');

/** The modules of this project that a module of the bundle imports statically, directly and indirectly. */
function loadedWith(path: string, found: Set<string>): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const imports = /^\s*(?:import|export)\s(?:[^'";]*\sfrom\s)?['"](\.[^'"]+)['"]/gm;
  for (const [, name] of readFileSync(path, 'utf8').matchAll(imports))
    if (!DEFERRED.test(name!)) loadedWith(join(dirname(path), name!), found);
  return found;
}

describe('what a listing loads', () => {
  it('of this project is in the folders that a listing needs, and in no others', () => {
    const found = new Set<string>();
    for (const name of ['main.js', 'list/run-listing.js', 'capture/capture-client.js'])
      loadedWith(join(compiled, 'lib/cli', name), found);
    const folders = new Set([...found].map((path) => relative(compiled, dirname(path))));
    const expected =
      /^(protocol|lib\/(cli(\/(capture|kernel|list|names|parse))?|capture|describe|ipvs|netlink|text))(\/|$)/;
    const never =
      /^lib\/(ipvs\/(plan|reconcile|desired-file)|netlink\/families\/route)|^lib\/cli\/kernel\/fake/;
    for (const path of found) {
      const name = relative(compiled, path);
      assert.ok(
        !never.test(name),
        `${name}: must be loaded only by the commands that need it, with import()`,
      );
    }
    for (const folder of folders)
      assert.match(folder, expected, 'its modules must be loaded with import() by what needs them');
  });

  it('of Node is only what a listing needs', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ipvs-loaded-'));
    const loadReporter = join(folder, 'load-reporter.cjs');
    writeFileSync(
      loadReporter,
      `const before = new Set(process.moduleLoadList);
      process.dlopen = () => { throw new Error('an addon is loaded'); };
      process.on('exit', () => {
        const loaded = process.moduleLoadList.filter((name) => !before.has(name));
        require('node:fs').writeSync(2, JSON.stringify(loaded));
      });`,
    );
    try {
      const words = ['--require', loadReporter, launcher, '-Sn', '--from', recording];
      const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^-A /);
      const needless =
        /^NativeModule (net|dgram|dns|tty|http|https|tls|crypto|url|child_process|cluster|worker_threads|perf_hooks|readline|zlib|inspector|v8|fs\/promises|internal\/fs\/promises)$/;
      const loaded: string[] = JSON.parse(stderr);
      // Which modules the launcher itself loads depends on whether this Node has a code cache for the bundle.
      assert.ok(loaded.length > 0, stderr);
      assert.deepEqual(
        loaded.filter((name) => needless.test(name)),
        [],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
