import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { IpvsSync, readKeepalived } from '../../../../lib/index.ts';
import { addNamespace, deleteNamespace, runIn } from '../namespace.ts';
import { keepalivedConfigurations } from './configurations.ts';

const NETNS = 'import';
/** How long keepalived may take to fill the table, in milliseconds. */
const LIMIT = 60_000;
/** How long a table has to stay the same to be considered complete, in milliseconds. */
const SETTLED = 5000;

/** A running keepalived, with its output. */
interface Keepalived {
  readonly child: ChildProcess;
  readonly log: () => string;
}

function startKeepalived(folder: string, file: string): Keepalived {
  const args = ['--dont-fork', '--log-console', '--log-detail', '--check', '--use-file', file];
  const pidFiles = ['--pid', join(folder, 'pid'), '--checkers_pid', join(folder, 'checkers')];
  const child = spawn('ip', ['netns', 'exec', NETNS, 'keepalived', ...args, ...pidFiles], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  return { child, log: () => log };
}

async function stop({ child }: Keepalived): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Waits until the table has stayed the same for a while, and returns what then differs from the imported state. */
async function differences(client: IpvsSync, file: string, log: () => string): Promise<string> {
  const { state } = readKeepalived(file);
  const plan = (): readonly unknown[] => client.plan(state.services, { allowRemoval: 'any' }).differences;
  const limit = Date.now() + LIMIT;
  let last = '';
  let since = Date.now();
  while (Date.now() < limit) {
    const found = plan();
    if (found.length === 0) return '';
    const text = JSON.stringify(found);
    if (text !== last) {
      last = text;
      since = Date.now();
    } else if (Date.now() - since > SETTLED && client.services().length > 0) break;
    await sleep(200);
  }
  const rules = runIn(NETNS, 'ipvsadm', '-Sn');
  return `${JSON.stringify(plan(), null, 1)}\n${rules}\n${log()}`;
}

describe('what is imported from keepalived', () => {
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  let client: IpvsSync;
  before(() => {
    addNamespace(NETNS);
    client = IpvsSync.open({ netns: `/run/netns/${NETNS}` });
  });
  after(() => {
    client.close();
    deleteNamespace(NETNS);
    rmSync(folder, { recursive: true });
  });

  for (const [title, text] of Object.entries(keepalivedConfigurations)) {
    it(`is the table that keepalived makes of it: ${title}`, async () => {
      const file = join(folder, 'keepalived.conf');
      writeFileSync(file, text);
      client.flush();
      const keepalived = startKeepalived(folder, file);
      try {
        const found = await differences(client, file, keepalived.log);
        // Not assert.equal(), which truncates long texts.
        if (found !== '') assert.fail(found);
      } finally {
        await stop(keepalived);
      }
    });
  }
});
