import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { isIdentifier, type Node, SyntaxKind } from 'typescript/unstable/ast';
import { API, type Project, SymbolFlags, type Symbol as TypeSymbol } from 'typescript/unstable/sync';
import { operations } from '../../lib/ipvs/operations/index.ts';

const project: string = join(import.meta.dirname, '../../..');
const manifest: { readonly exports: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(project, 'package.json'), 'utf8'),
);
/** The declaration files of the package's entry points. */
const entries: readonly string[] = Object.values(manifest.exports)
  .filter((file) => file.endsWith('.js'))
  .map((file) => join(project, file.replace(/\.js$/, '.d.ts')));

const folder = mkdtempSync(join(tmpdir(), 'ipvs-documentation-'));
const api = new API({ cwd: project });
after(() => {
  api.close();
  rmSync(folder, { recursive: true });
});

/** Opens declaration files as a TypeScript project. */
function open(files: readonly string[]): Project {
  const config = join(folder, `${readdirSync(folder).length}.json`);
  const compilerOptions = { noLib: true, types: [], module: 'nodenext', target: 'esnext', noEmit: true };
  writeFileSync(config, JSON.stringify({ compilerOptions, files }));
  const opened = api.updateSnapshot({ openProject: config }).getProject(config);
  assert.ok(opened !== undefined);
  return opened;
}

const members: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.PropertySignature,
  SyntaxKind.MethodSignature,
  SyntaxKind.PropertyDeclaration,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.GetAccessor,
]);

function isPublicMember(node: Node): boolean {
  const { modifiers = [] } = node as Node & { readonly modifiers?: readonly Node[] };
  return members.has(node.kind) && !modifiers.some(({ kind }) => kind === SyntaxKind.ProtectedKeyword);
}

/** Returns the nodes with the names of the types to which a node refers. */
function namedTypes(node: Node): Node[] {
  const parts = node as Node & { readonly [part: string]: Node | undefined };
  const name = parts.typeName ?? parts.exprName ?? parts.qualifier;
  if (name !== undefined) return [name];
  return node.kind === SyntaxKind.ExpressionWithTypeArguments ? [parts.expression!] : [];
}

/** Finds public declarations without a comment: exports, and members of all classes and types reachable from them. */
class Documentation {
  readonly missing: string[] = [];
  count = 0;
  readonly #project: Project;
  readonly #seen = new Set<number>();
  readonly #queue: TypeSymbol[] = [];

  constructor(opened: Project) {
    this.#project = opened;
    const { checker, program } = opened;
    for (const file of opened.rootFiles) {
      const source = program.getSourceFile(file);
      assert.ok(source !== undefined, file);
      const module = checker.getSymbolAtLocation(source);
      for (const symbol of module === undefined ? [] : checker.getExportsOfModule(module))
        this.#enqueue(symbol);
    }
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) this.#inspect(next);
  }

  /** Adds a symbol of this package to the queue, with aliases resolved. */
  #enqueue(symbolOrAlias: TypeSymbol): void {
    const { checker } = this.#project;
    const isAlias = (symbolOrAlias.flags & SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(symbolOrAlias) : symbolOrAlias;
    const isOwn = symbol.declarations.some(({ path }) => !path.includes('/node_modules/'));
    if (!isOwn || (symbol.flags & SymbolFlags.TypeParameter) !== 0 || this.#seen.has(symbol.id)) return;
    this.#seen.add(symbol.id);
    this.#queue.push(symbol);
  }

  #inspect(symbol: TypeSymbol): void {
    this.#check(symbol, symbol.name);
    const hasMembers = (symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface)) !== 0;
    const names: Node[] = [];
    const visit = (part: Node): void => {
      names.push(...namedTypes(part));
      part.forEachChild(visit);
    };
    for (const declaration of symbol.declarations) {
      const node = declaration.resolve(this.#project);
      node?.forEachChild((part) => {
        if (hasMembers && isPublicMember(part)) this.#checkMember(symbol, node, part);
        visit(part);
      });
    }
    for (const named of this.#project.checker.getSymbolAtLocation(names))
      if (named !== undefined) this.#enqueue(named);
  }

  #checkMember(owner: TypeSymbol, declaration: Node, node: Node): void {
    const { name } = node as Node & { readonly name: Node };
    if (!isIdentifier(name)) return;
    const member = this.#project.checker.getSymbolAtLocation(name);
    assert.ok(member !== undefined, `${owner.name}.${name.text}`);
    this.#check(member, `${owner.name}.${name.text}`, declaration);
  }

  /** Checks a symbol. A member may inherit the comment from a type that its class extends or implements. */
  #check(symbol: TypeSymbol, title: string, declaration?: Node): void {
    this.count++;
    const { checker } = this.#project;
    if (/\w{2}/.test(checker.getDocumentationCommentOfSymbol(symbol))) return;
    const bases: Node[] = [];
    declaration?.forEachChild((part) => {
      if (part.kind === SyntaxKind.HeritageClause)
        part.forEachChild((base) => void bases.push(...namedTypes(base)));
    });
    for (const base of checker.getSymbolAtLocation(bases)) {
      if (base === undefined) continue;
      const target = (base.flags & SymbolFlags.Alias) === 0 ? base : checker.getAliasedSymbol(base);
      const inherited = checker.getPropertyOfType(checker.getDeclaredTypeOfSymbol(target), symbol.name);
      if (inherited !== undefined && checker.getDocumentationCommentOfSymbol(inherited) !== '') return;
    }
    this.missing.push(`${title} in ${basename(symbol.declarations[0]!.path, '.d.ts')}.ts`);
  }
}

test('missing comments are found: of exports, methods and properties, also of types that are not exported', () => {
  const file = join(folder, 'sample.d.ts');
  const sample = [
    "export { One as Two } from './one.js';",
    '/** A constant. */\nexport declare const three: number;',
    'export declare const four: number;',
  ];
  const one = [
    'interface Named {\n  readonly five: number;\n  /** Six. */\n  six: number;\n}',
    '/** A base. */\nexport interface Base {\n  /** Seven. */\n  seven(): void;\n}',
    '/** A class. */\nexport declare class One implements Base {',
    '  #private;\n  seven(): void;\n  eight(given: Named): void;\n  /** Nine. */\n  get nine(): number;\n}',
  ];
  writeFileSync(file, sample.join('\n'));
  writeFileSync(join(folder, 'one.d.ts'), one.join('\n'));
  const expected = ['Named in one.ts', 'Named.five in one.ts', 'One.eight in one.ts', 'four in sample.ts'];
  assert.deepEqual(new Documentation(open([file])).missing.sort(), expected);
});

test('every public declaration of the entry points has a comment', () => {
  const { missing, count } = new Documentation(open(entries));
  assert.ok(count > 1000, `${count}`);
  assert.deepEqual(missing.sort(), []);
});

test('every method of both clients has a comment of its own', () => {
  const { checker, program } = open([entries[0]!]);
  const module = checker.getSymbolAtLocation(program.getSourceFile(entries[0]!)!)!;
  for (const name of ['Ipvs', 'IpvsSync']) {
    const client = checker.getDeclaredTypeOfSymbol(
      checker.getAliasedSymbol(checker.getExportsOfModule(module).find((symbol) => symbol.name === name)!),
    );
    const comments = Object.keys(operations).map((method) => {
      const symbol = checker.getPropertyOfType(client, method);
      assert.ok(symbol !== undefined, `${name}.${method}`);
      const comment = checker.getDocumentationCommentOfSymbol(symbol);
      assert.ok(comment.length > 20, `${name}.${method}: ${comment}`);
      return comment;
    });
    assert.equal(new Set(comments).size, comments.length, 'each has its own');
  }
});
