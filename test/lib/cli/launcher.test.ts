import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const project = join(import.meta.dirname, '../../../..');
const recording = join(project, 'fixtures/stock-6.1/ipvs-netlink-read.pcap');
const listing = ['-Ln', '--from', recording];

const root = mkdtempSync(join(tmpdir(), 'ipvs-launcher-'));
const folder = join(root, 'dist/lib/cli');
const launcher = join(folder, 'launcher.cjs');
const bundle = join(folder, 'bundle.cjs');
const cache = join(folder, `bundle-${process.versions.v8}-${process.arch}.cache`);
const cacheReporter = join(root, 'cache-reporter.cjs');
const addonReporter = join(root, 'addon-reporter.cjs');
const noAddon = join(root, 'no-addon.cjs');

/** Says on standard error whether V8 has rejected the code cache that a script was given. */
const REPORT_CACHE = `
const vm = require('node:vm');
const { Script } = vm;
vm.Script = class extends Script {
  constructor(source, options) {
    super(source, options);
    process.stderr.write(\`rejected: \${this.cachedDataRejected}\`);
  }
};`;

/** Says on standard error which addons are loaded. */
const REPORT_ADDONS = `
const { dlopen } = process;
process.dlopen = (module, path, ...rest) => {
  process.stderr.write(\`addon: \${path}\\n\`);
  return dlopen(module, path, ...rest);
};`;

/** Lets no addon be loaded. */
const NO_ADDON = `process.dlopen = () => { throw new Error('an addon is loaded'); };`;

function run(words: readonly string[], flags: readonly string[] = []): { output: string; errors: string } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, launcher, ...words], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return { output: stdout, errors: stderr };
}

function withFlippedBit(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 0x10;
  return copy;
}

describe('the launcher', () => {
  let intact: Buffer;
  let source: Buffer;
  let expected: string;

  before(() => {
    mkdirSync(folder, { recursive: true });
    cpSync(join(project, 'package.json'), join(root, 'package.json'));
    symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
    for (const name of readdirSync(join(project, 'dist/lib/cli')))
      if (/\.(cjs|cache)$/.test(name)) cpSync(join(project, 'dist/lib/cli', name), join(folder, name));
    writeFileSync(cacheReporter, REPORT_CACHE);
    writeFileSync(addonReporter, REPORT_ADDONS);
    writeFileSync(noAddon, NO_ADDON);
    source = readFileSync(bundle);
    const unbundled = spawnSync(process.execPath, [join(project, 'dist/lib/cli/main.js'), ...listing], {
      encoding: 'utf8',
    });
    expected = unbundled.stdout;
    assert.match(expected, /^IP Virtual Server version /);
  });

  after(() => rmSync(root, { recursive: true }));

  /**
   * Makes the code cache for the Node that runs this test; the build makes it only for the Node that it runs on. It runs
   * commands (`WARM_UP_COMMANDS`), one of which asks for a service that does not exist.
   */
  function makeCache(): Buffer {
    const makeBundle = join(project, 'dist/lib/cli/bundling/make-bundle.js');
    const { status, stderr } = spawnSync(process.execPath, [makeBundle, '--code-cache', folder], {
      encoding: 'utf8',
    });
    assert.equal(status, 0);
    assert.match(
      stderr,
      /^ipvs: [^\n]*\b10\.0\.0\.9:80\b[^\n]*\n$/,
      'only the command that is meant to fail prints an error',
    );
    return readFileSync(cache);
  }

  it('uses a code cache that was made from the bundle', () => {
    intact = makeCache();
    assert.deepEqual(run(listing, ['--require', cacheReporter]), {
      output: expected,
      errors: 'rejected: false',
    });
    assert.deepEqual(run(listing), { output: expected, errors: '' });
  });

  it('runs without a code cache, as with another version of Node', () => {
    rmSync(cache);
    assert.deepEqual(run(listing, ['--require', cacheReporter]), { output: expected, errors: '' });
  });

  it('runs where V8 rejects the code cache', () => {
    writeFileSync(cache, intact);
    const { output, errors } = run(listing, ['--require', cacheReporter, '--no-opt']);
    assert.deepEqual([output, errors], [expected, 'rejected: true']);
  });

  it('does not use a code cache that is damaged', () => {
    const codeLength = (intact.length - source.length) / 2;
    const broken: readonly (readonly [string, Buffer])[] = [
      ['empty', Buffer.alloc(0)],
      ['cut off', intact.subarray(0, intact.length - 4096)],
      ['cut off in the middle', intact.subarray(0, codeLength)],
      ['longer', Buffer.concat([intact, Buffer.alloc(2)])],
      ['zeros', Buffer.alloc(intact.length)],
      ['a bit of the code', withFlippedBit(intact, codeLength >> 1)],
      ['a bit of the copy of the code', withFlippedBit(intact, intact.length - 99)],
      ['a bit of the source', withFlippedBit(intact, codeLength + 99)],
      ['one byte short', intact.subarray(0, intact.length - 1)],
    ];
    for (const [what, bytes] of broken) {
      writeFileSync(cache, bytes);
      assert.deepEqual(run(listing, ['--require', cacheReporter]), { output: expected, errors: '' }, what);
    }
  });

  it('does not use the code cache of another bundle', () => {
    writeFileSync(cache, intact);
    const changed = source.toString('latin1').replace('IP Virtual Server', 'XX Virtual Server');
    writeFileSync(bundle, changed, 'latin1');
    assert.match(run(listing).output, /^XX Virtual Server version /);
    writeFileSync(bundle, source);
  });

  it('finds the addon where ffi-rs does', () => {
    const addonScope = '@yuuang';
    // At `decoy` there are empty addons, which must not be loaded.
    const layouts: readonly { readonly ffi: string; readonly addon: string; readonly decoy?: string }[] = [
      { ffi: 'node_modules/ffi-rs', addon: `node_modules/${addonScope}` },
      {
        ffi: 'node_modules/ffi-rs',
        addon: `node_modules/ffi-rs/node_modules/${addonScope}`,
        decoy: `node_modules/${addonScope}`,
      },
      {
        ffi: 'store/node_modules/ffi-rs',
        addon: `store/node_modules/${addonScope}`,
        decoy: `node_modules/${addonScope}`,
      },
    ];
    for (const [index, layout] of layouts.entries()) {
      const home = join(realpathSync(root), `layout-${index}`);
      cpSync(folder, join(home, 'cli'), { recursive: true });
      cpSync(join(project, 'node_modules/ffi-rs'), join(home, layout.ffi), { recursive: true });
      cpSync(join(project, 'node_modules', addonScope), join(home, layout.addon), { recursive: true });
      if (layout.decoy !== undefined) {
        cpSync(join(home, layout.addon), join(home, layout.decoy), { recursive: true });
        for (const name of readdirSync(join(home, layout.decoy), { recursive: true, encoding: 'utf8' }))
          if (name.endsWith('.node')) writeFileSync(join(home, layout.decoy, name), '');
      }
      if (layout.ffi.startsWith('store')) {
        mkdirSync(join(home, 'node_modules'), { recursive: true });
        symlinkSync(join(home, layout.ffi), join(home, 'node_modules/ffi-rs'));
      }
      const { stderr } = spawnSync(
        process.execPath,
        ['--require', addonReporter, join(home, 'cli/launcher.cjs'), '-Ln'],
        { encoding: 'utf8' },
      );
      const [loaded, message = ''] = stderr.split('\n');
      assert.ok(loaded!.startsWith(`addon: ${join(home, layout.addon)}/`), loaded);
      assert.doesNotMatch(message, /addon|ffi/);
    }
  });

  it('reads a capture without the addon, which only requests to the kernel need', () => {
    assert.deepEqual(run(listing, ['--require', noAddon]), { output: expected, errors: '' });
    const withKernel = spawnSync(process.execPath, ['--require', noAddon, launcher, '-Ln'], {
      encoding: 'utf8',
    });
    assert.match(withKernel.stderr, /an addon is loaded/);
  });

  it('has everything that it needs in the package', () => {
    assert.match(run(['--version']).output, /^ipvs \d/);
    assert.match(run(['--help']).output, /--tcp-service/);
    assert.match(run(['completion', 'bash']).output, /_ipvs/);
    assert.match(run(['decode', recording]).output, /GET_SERVICE/);
    const desired = join(root, 'desired.yaml');
    writeFileSync(desired, 'services: [\n');
    const { status, stderr } = spawnSync(process.execPath, [launcher, 'apply', desired], {
      encoding: 'utf8',
    });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /^ipvs: [^\n]*desired\.yaml/);
  });
});
