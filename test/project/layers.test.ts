import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const project: string = join(import.meta.dirname, '../../..');

/** The layers that the modules of each layer may import besides their own. The first prefix that matches applies. */
const LAYERS: readonly [layer: string, below: readonly string[]][] = [
  ['protocol/netlink/text/', []],
  ['protocol/netlink/messages/', ['protocol/netlink/text/']],
  ['protocol/netlink/attributes/', ['protocol/netlink/text/', 'protocol/netlink/messages/']],
  ['protocol/netlink/', []],
  ['protocol/genetlink/', ['protocol/netlink/']],
  ['protocol/route/', ['protocol/netlink/']],
  ['protocol/ipvs/fields/', ['protocol/netlink/']],
  ['protocol/ipvs/records/', ['protocol/netlink/', 'protocol/ipvs/fields/']],
  ['protocol/ipvs/encode/', ['protocol/netlink/', 'protocol/ipvs/fields/', 'protocol/ipvs/records/']],
  ['protocol/ipvs/decode/', ['protocol/netlink/', 'protocol/genetlink/', 'protocol/ipvs/']],
  ['protocol/ipvs/', ['protocol/netlink/', 'protocol/genetlink/']],
  ['protocol/', ['protocol/']],
  ['lib/text/', ['protocol/']],
  ['lib/http/', ['protocol/']],
  ['lib/describe/', ['protocol/', 'lib/text/']],
  ['lib/netlink/', ['protocol/', 'lib/text/', 'lib/describe/']],
  ['lib/capture/', ['protocol/', 'lib/text/', 'lib/describe/', 'lib/netlink/']],
  ['lib/testing/', ['protocol/', 'lib/text/', 'lib/netlink/']],
  ['lib/metrics/', ['protocol/', 'lib/netlink/request/check-options.ts']],
  ['lib/ipvs/plan/table/', ['protocol/']],
  ['lib/ipvs/plan/compare/', ['protocol/', 'lib/ipvs/plan/table/']],
  ['lib/ipvs/requests/', ['protocol/', 'lib/netlink/', 'lib/ipvs/explanations.ts']],
  ['lib/ipvs/', ['protocol/', 'lib/text/', 'lib/describe/', 'lib/netlink/']],
  ['lib/reconciler/', ['protocol/', 'lib/text/', 'lib/netlink/', 'lib/ipvs/']],
  ['lib/', ['protocol/']],
];
/** The packages that `protocol/` may import: none that does I/O or reads the clock. */
const PROTOCOL_PACKAGES: ReadonlySet<string> = new Set(['ip-address']);

function layerOf(module: string): readonly [layer: string, below: readonly string[]] {
  const found = LAYERS.find(([prefix]) => module.startsWith(prefix));
  assert.ok(found !== undefined, `${module} belongs to no layer`);
  return found;
}

interface Module {
  readonly path: string;
  /** The project's modules that it imports, by their paths relative to the project. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

function specifiers(source: string): string[] {
  const pattern =
    /^\s*(?:import|export)\s(?:[^'";]*\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;
  return [...source.matchAll(pattern)].map(([, declared, dynamic]) => declared ?? dynamic!);
}

function readModule(path: string): Module {
  const found = specifiers(readFileSync(join(project, path), 'utf8'));
  const own = found.filter((name) => name.startsWith('.'));
  return {
    path,
    imports: own.map((name) => relative(project, join(project, dirname(path), name))),
    packages: found.filter((name) => !name.startsWith('.')),
  };
}

const modules: readonly Module[] = ['protocol', 'lib'].flatMap((folder) =>
  readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => readModule(join(folder, name))),
);

test('the specifiers of every kind of import are found', () => {
  const source = [
    "import { a } from './a.ts';",
    "import type { B } from './b.ts';",
    'import {',
    '  c,',
    "} from './c.ts';",
    "export * from './d.ts';",
    "import './e.ts';",
    "const f = await import('./f.ts');",
    "type G = import('./g.ts').G;",
  ].join('\n');
  const letters = specifiers(source).map((name) => name.charAt(2));
  assert.deepEqual(letters.sort().join(''), 'abcdefg');
});

test('the modules are there, and what they import exists', () => {
  assert.ok(modules.length > 20);
  const paths = new Set(modules.map(({ path }) => path));
  for (const { path, imports } of modules)
    for (const imported of imports) assert.ok(paths.has(imported), `${path} imports ${imported}`);
});

test('no module imports upwards', () => {
  for (const { path, imports } of modules) {
    const [layer, below] = layerOf(path);
    for (const imported of imports) {
      const allowed = imported.startsWith(layer) || below.some((prefix) => imported.startsWith(prefix));
      assert.ok(allowed, `${path} imports ${imported}`);
    }
  }
});

test('there are no circular imports', () => {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const done = new Set<string>();
  const visit = (path: string, importers: readonly string[]): void => {
    assert.ok(!importers.includes(path), `circular imports: ${[...importers, path].join(' -> ')}`);
    if (done.has(path)) return;
    for (const imported of byPath.get(path)?.imports ?? []) visit(imported, [...importers, path]);
    done.add(path);
  };
  for (const { path } of modules) visit(path, []);
});

test('only lib/netlink/socket/libc.ts imports ffi-rs', () => {
  const importers = modules.filter(({ packages }) => packages.includes('ffi-rs')).map(({ path }) => path);
  assert.deepEqual(
    importers,
    importers.filter((path) => path === 'lib/netlink/socket/libc.ts'),
  );
});

/** The modules that send, receive and parse messages. The command does so only through the client. */
const MESSAGING_MODULES =
  /^lib\/netlink\/(?:connection|exchange|families|read-ahead|request|socket\/(?!transport\.ts|network-namespace\.ts))/;
/** Names of what sends, receives or parses messages. */
const MESSAGE_CALLS =
  /\b(?:MessageWalker|genericPayload|walkAttributesOfType|walkAttributes|decodeAck|DumpDecoder)\b|\.(?:send|receive)\(/;

test('lib/cli uses no socket and parses no message', () => {
  const commandModules = modules.filter(
    ({ path }) => path.startsWith('lib/cli/') && !path.startsWith('lib/cli/bundling/'),
  );
  assert.ok(commandModules.length > 50);
  for (const { path, imports } of commandModules) {
    for (const imported of imports)
      assert.ok(!MESSAGING_MODULES.test(imported), `${path} imports ${imported}`);
    const found = MESSAGE_CALLS.exec(readFileSync(join(project, path), 'utf8'));
    assert.equal(found, null, `${path} works with messages: ${found?.[0]}`);
  }
});

test('protocol/ imports no module that does I/O', () => {
  for (const { path, packages } of modules.filter((module) => module.path.startsWith('protocol/')))
    for (const name of packages) assert.ok(PROTOCOL_PACKAGES.has(name), `${path} imports ${name}`);
});
