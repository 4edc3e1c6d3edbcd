import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { operations } from '../../../../lib/ipvs/operations/index.ts';

const project: string = join(import.meta.dirname, '../../../../..');
const names = Object.keys(operations);
const clients = ['Ipvs', 'IpvsSync'] as const;

/** TypeScript's language server, as an editor talks to it. */
class LanguageServer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers = new Map<number, (result: unknown) => void>();
  #received: Buffer = Buffer.alloc(0);
  #id = 0;

  constructor() {
    const compiler = join(project, 'node_modules/typescript/bin/tsc');
    this.#process = spawn(process.execPath, [compiler, '--lsp', '--stdio'], { cwd: project });
    this.#process.stdout.on('data', (bytes: Buffer) => this.#receive(bytes));
    this.#process.stderr.resume();
  }

  request(method: string, params: object): Promise<unknown> {
    const id = ++this.#id;
    this.#send({ id, method, params });
    return new Promise((resolve) => this.#answers.set(id, resolve));
  }

  notify(method: string, params: object): void {
    this.#send({ method, params });
  }

  close(): void {
    this.#process.kill();
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      const length = Number(
        /Content-Length: (\d+)/.exec(this.#received.toString('latin1', 0, Math.max(0, end)))?.[1],
      );
      if (end < 0 || this.#received.length < end + 4 + length) return;
      const message = JSON.parse(this.#received.toString('utf8', end + 4, end + 4 + length));
      this.#received = this.#received.subarray(end + 4 + length);
      // What the server asks of an editor is granted.
      if (message.method !== undefined && message.id !== undefined)
        this.#send({ id: message.id, result: null });
      else this.#answers.get(message.id)?.(message.result);
    }
  }
}

describe('an editor', () => {
  const server = new LanguageServer();
  const uri = pathToFileURL(join(project, 'test/lib/ipvs/client/quick-info.ts')).href;
  const lines = clients.flatMap((client) => names.map((name) => [client, name] as const));
  before(async () => {
    await server.request('initialize', {
      processId: process.pid,
      capabilities: { textDocument: { hover: { contentFormat: ['markdown'] } } },
      rootUri: pathToFileURL(project).href,
    });
    server.notify('initialized', {});
    const text = [
      "import type { Ipvs, IpvsSync } from '../../../../lib/index.ts';",
      ...lines.map(([client, name]) => `export type ${client}_${name} = ${client}['${name}'];`),
      ...clients.map((client) => `declare const ${client.toLowerCase()}: ${client};`),
      ...lines.map(([client, name]) => `${client.toLowerCase()}.${name};`),
    ].join('\n');
    server.notify('textDocument/didOpen', {
      textDocument: { uri, languageId: 'typescript', version: 1, text },
    });
  });
  after(() => server.close());

  it('shows the documentation of every method on both clients', async () => {
    assert.equal(names.length, 27);
    const seen = new Set<string>();
    for (const [index, [client, name]] of lines.entries()) {
      const line = 1 + lines.length + clients.length + index;
      const hover = (await server.request('textDocument/hover', {
        textDocument: { uri },
        position: { line, character: client.length + 2 },
      })) as { readonly contents: { readonly value: string } } | null;
      const [signature = '', documentation = ''] = hover?.contents.value.split(/\n```\n/) ?? [];
      assert.match(signature, new RegExp(`\\b${name}\\(`), `${client}.${name}`);
      assert.match(signature, client === 'Ipvs' ? /Promise<|AsyncGenerator</ : /^(?!.*Promise)/, signature);
      assert.ok(documentation.trim().length > 20, `${client}.${name}: ${hover?.contents.value}`);
      seen.add(documentation);
    }
    assert.equal(seen.size, names.length, 'each has its own');
  });
});
