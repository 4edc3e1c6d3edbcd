import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

const project: string = join(import.meta.dirname, '../../..');
const programs: readonly string[] = [
  ...readFileSync(join(project, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```/gms),
].map(([, program]) => program!);

/**
 * A program that runs the programs named as its arguments, one after the other, each with a fake kernel of its own behind
 * `Ipvs.open`; links and generic families are those of the running kernel. The
 * service and destination of the README's examples exist there, unless the program adds services itself.
 */
const RUNNER_SOURCE = `
  import { readFileSync } from 'node:fs';
  import { Ipvs, IpvsSync } from 'ipvs-netlink';
  import { FakeKernel } from 'ipvs-netlink/testing';
  const { open } = Ipvs;
  for (const program of process.argv.slice(2)) {
    const kernel = new FakeKernel({ singleDump: 'nested' });
    Ipvs.open = (options) => open({ transport: kernel.connect(), ...options });
    if (!readFileSync(program, 'utf8').includes('addService')) {
      const ipvs = IpvsSync.open({ transport: kernel.connect() });
      const service = { protocol: 'tcp', address: '192.0.2.1', port: 80 };
      ipvs.addService({ ...service, scheduler: 'rr' });
      ipvs.addDestination(service, { address: '198.51.100.7', port: 8080, forwarding: 'masq', weight: 1 });
    }
    console.error(program);
    await import(program);
  }
`;

describe('the programs of the README', () => {
  const folder: string = mkdtempSync(join(project, 'dist/readme-'));
  after(() => rmSync(folder, { recursive: true }));

  const files = programs.map((program, index) => {
    const file = join(folder, `program-${index}.ts`);
    writeFileSync(file, `${program}\nexport {};\n`);
    return file;
  });

  test('exist', () => assert.ok(programs.length >= 6));

  test('compile with strict options', () => {
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
    const libraries = ['--lib', 'es2023,esnext.disposable', '--types', 'node', '--ignoreConfig'];
    execFileSync(join(project, 'node_modules/.bin/tsc'), [...options, ...libraries, ...files], {
      cwd: project,
      encoding: 'utf8',
    });
  });

  test('run, with IPVS on a fake kernel', () => {
    const runner = join(folder, 'run.mjs');
    writeFileSync(runner, RUNNER_SOURCE);
    const esbuild = join(project, 'node_modules/.bin/esbuild');
    const options = [`--outdir=${folder}`, '--out-extension:.js=.mjs', '--log-level=error'];
    execFileSync(esbuild, [...files, ...options]);
    const compiled = files.map((file) => file.replace(/ts$/, 'mjs'));
    execFileSync(process.execPath, [runner, ...compiled], { stdio: 'pipe', timeout: 60_000 });
  });
});
