import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';

const project: string = join(import.meta.dirname, '../../..');

/** Returns the relative links of a Markdown page. */
function linksOf(text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link!);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

describe('the packed package in an empty project', () => {
  const folder: string = mkdtempSync(join(tmpdir(), 'ipvs-package-'));
  const installed: string = join(folder, 'node_modules/ipvs-netlink');
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { cwd: folder, encoding: 'utf8' });

  before(() => {
    const packed = execFileSync(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', folder],
      { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [{ filename }] = JSON.parse(packed);
    mkdirSync(installed, { recursive: true });
    run('tar', '-xzf', filename, '-C', installed, '--strip-components=1');
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    // Only what npm would install beside it.
    for (const name of [...Object.keys(dependencies), '@yuuang'])
      if (existsSync(join(project, 'node_modules', name)))
        symlinkSync(join(project, 'node_modules', name), join(folder, 'node_modules', name));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });

  after(() => rmSync(folder, { recursive: true }));

  test('every entry point works', () => {
    writeFileSync(
      join(folder, 'use.js'),
      `import { Ipvs } from 'ipvs-netlink';
      import { acceptedFormat } from 'ipvs-netlink/metrics';
      import { Connection, listLinks, NetlinkProtocol } from 'ipvs-netlink/netlink';
      import { decodeService } from 'ipvs-netlink/protocol';
      import { FakeKernel } from 'ipvs-netlink/testing';
      import schema from 'ipvs-netlink/schema.json' with { type: 'json' };
      const ipvs = await Ipvs.open({ transport: new FakeKernel({ singleDump: 'nested' }).connect() });
      await ipvs.addService({ protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' });
      const connection = await Connection.open({ protocol: NetlinkProtocol.ROUTE });
      const links = await connection.run(listLinks());
      await connection.close();
      const { services } = await ipvs.dump();
      console.log(services.length, links.length > 0, typeof decodeService, typeof schema.properties, acceptedFormat(''));`,
    );
    assert.equal(run(process.execPath, '--no-warnings', 'use.js'), '1 true function object prometheus\n');
  });

  test('its types are found, and programs compile with them', () => {
    writeFileSync(
      join(folder, 'use.ts'),
      `import { Ipvs, type Service } from 'ipvs-netlink';
      import { metricsText } from 'ipvs-netlink/metrics';
      import { GenericNetlink } from 'ipvs-netlink/netlink';
      import { ByteView } from 'ipvs-netlink/protocol';
      import { FakeKernel } from 'ipvs-netlink/testing';
      export async function first(): Promise<Service | undefined> {
        const ipvs = await Ipvs.open({ transport: new FakeKernel().connect() });
        return (await ipvs.services())[0];
      }
      // @ts-expect-error: a port is a number
      void (async () => (await Ipvs.open()).addService({ protocol: 'tcp', address: '::1', port: '80', scheduler: 'rr' }));
      export const others = [GenericNetlink, ByteView, metricsText];`,
    );
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
    const libraries = ['--lib', 'es2023,esnext.disposable', '--types', 'node'];
    symlinkSync(join(project, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    symlinkSync(join(project, 'node_modules/undici-types'), join(folder, 'node_modules/undici-types'));
    run(join(project, 'node_modules/.bin/tsc'), ...options, ...libraries, 'use.ts');
  });

  test('the command and its manual page are there', () => {
    const { bin, man } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    assert.match(run(process.execPath, join(installed, bin.ipvs), '--version'), /^ipvs /);
    assert.ok(Array.isArray(man));
    for (const page of man) assert.ok(existsSync(join(installed, page)), page);
  });

  test('every link refers to a file in the package, and there are no source maps', () => {
    for (const name of readdirSync(installed, { recursive: true, encoding: 'utf8' })) {
      const path = join(installed, name);
      if (/\.(?:c?js|ts)$/.test(name)) {
        assert.doesNotMatch(readFileSync(path, 'utf8'), /^\/\/# sourceMappingURL=/m, name);
      } else if (name.endsWith('.md')) {
        for (const link of linksOf(readFileSync(path, 'utf8'))) {
          const target = join(dirname(path), link);
          assert.ok(existsSync(target), `${name} links to ${link}`);
          assert.ok(!relative(installed, target).startsWith('..'), `${name} links to ${link}`);
        }
      }
    }
  });
});
