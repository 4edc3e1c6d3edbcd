import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { IpvsSync } from '../../../lib/index.ts';
import {
  addNamespace,
  deleteNamespace,
  offersSingleDump,
  run,
  runIn,
  unloadIpVs,
  unloadIpVsWhenUnused,
} from './namespace.ts';

const name = 'stress-suite';
/** Seconds for which each mix of writers and readers goes on. */
const SECONDS = Number(process.env.IPVS_LAB_SECONDS ?? 30);
const KMEMLEAK = '/sys/kernel/debug/kmemleak';

/** Processes that run beside a test and are killed when it ends. */
const children = new Set<ChildProcess>();

/** Starts a bash script in a namespace, in a process group of its own. */
function start(script: string, namespace = name): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', namespace, 'bash', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Kills a script with everything that it has started, by SIGKILL. */
function kill(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** What a script prints; rejects when it fails. */
async function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [status] = await once(child, 'close');
  assert.equal(status, 0, text);
  return text;
}

/** Resolves when a script has printed its first line. */
async function ready(child: ChildProcess): Promise<void> {
  await once(child.stdout!, 'data');
}

/** Writes changes, and others that undo them, to files for `ipvsadm -R`, and returns a shell loop over both. */
function changeAndUndo(file: string, changes: readonly string[], undo: readonly string[]): string {
  writeFileSync(`${file}.changes`, `${changes.join('\n')}\n`);
  writeFileSync(`${file}.undo`, `${undo.join('\n')}\n`);
  return `while :; do ipvsadm -R < ${file}.changes; ipvsadm -R < ${file}.undo; done 2>/dev/null`;
}

function range<Item>(count: number, item: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => item(index));
}

/** A loop that adds and deletes thousands of services, so that the table grows and shrinks. */
function addAndDeleteMany(): string {
  const services = range(4000, (index) => `-t 10.1.${index >> 8}.${index & 255}:80`);
  return changeAndUndo(
    '/tmp/many',
    services.map((key) => `-A ${key} -s rr`),
    services.map((key) => `-D ${key}`),
  );
}

/** A service that is added, gets destinations, is edited, and is deleted, all the time. */
const cycled = '10.0.0.2:1';
function cycle(): string {
  const destinations = range(3, (index) => `-a -t ${cycled} -r 10.2.0.${index + 1}:80 -m`);
  const edits = [
    `-E -t ${cycled} -s wrr`,
    `-e -t ${cycled} -r 10.2.0.1:80 -m -w 5`,
    `-d -t ${cycled} -r 10.2.0.2:80`,
  ];
  return changeAndUndo(
    '/tmp/cycle',
    [`-A -t ${cycled} -s rr`, ...destinations, ...edits],
    [`-D -t ${cycled}`],
  );
}

/** The load factor of the hash table of services: writing it makes the kernel resize the hash table. */
const loadFactor = '/proc/sys/net/ipv4/vs/svc_lfactor';
const resizeLoop = `[ -e ${loadFactor} ] || exit 0; while :; do for f in -3 -1 1 -2; do echo $f > ${loadFactor}; sleep 0.1; done; done`;

/**
 * Has readers read for SECONDS, and reports how many dumps they made and how many had NLM_F_DUMP_INTR.
 */
async function readForSeconds(test: TestContext, keys: readonly (string | undefined)[]): Promise<void> {
  const readers = keys.map((key) =>
    output(start(`exec ipvs-list --seconds ${SECONDS}${key === undefined ? '' : ` --key ${key}`}`)),
  );
  let totalInterrupted = 0;
  for (const text of await Promise.all(readers)) {
    test.diagnostic(text.trim());
    const [, dumps, interrupted, failed] = /^(\d+) dumps, (\d+) interrupted, (\d+) failed$/m.exec(text) ?? [];
    assert.ok(Number(dumps) > 0);
    assert.equal(failed, '0');
    totalInterrupted += Number(interrupted);
  }
  assert.ok(totalInterrupted > 0);
}

if (offersSingleDump()) {
  describe('stress on the single dump', () => {
    before(() => addNamespace(name));
    beforeEach(() => runIn(name, 'ipvsadm', '-C'));
    afterEach(() => {
      for (const child of children) kill(child);
    });
    after(async () => {
      deleteNamespace(name);
      await unloadIpVsWhenUnused();
    });

    it('by two writers and four readers, while the hash table of services is resized', async (test) => {
      for (const script of [addAndDeleteMany(), cycle(), resizeLoop]) start(script);
      await readForSeconds(test, [undefined, undefined, cycled, cycled]);
    });

    it('by a list of 10 000 destinations that changes, and is deleted in the middle', async (test) => {
      const service = { protocol: 'tcp', address: '10.0.0.3', port: 1, scheduler: 'rr' } as const;
      const long = '10.0.0.3:1';
      using client = IpvsSync.open({ netns: `/run/netns/${name}` });
      client.addService(service);
      for (const outcome of client.batch(
        range(10_000, (index) => ({
          do: 'add-destination',
          service,
          destination: { address: `10.3.${index >> 8}.${index & 255}`, port: 80, forwarding: 'masq' },
        })),
      ))
        assert.ok(outcome.ok);
      // The oldest are last in the list; added again they come from the kernel's trash and are first.
      const oldest = range(20, (index) => `-t ${long} -r 10.3.0.${index}:80`);
      start(
        changeAndUndo(
          '/tmp/long',
          oldest.map((server) => `-d ${server}`),
          oldest.map((server) => `-a ${server} -m`),
        ),
      );
      start(cycle());
      start(`sleep ${SECONDS / 2}; ipvsadm -D -t ${long}`);
      await readForSeconds(test, [undefined, long, cycled]);
    });

    it('by dumps that are abandoned and by readers that are killed', async () => {
      for (const script of [addAndDeleteMany(), cycle(), resizeLoop]) start(script);
      // Each begins 20 dumps on sockets of their own and ends none: --abandon closes them at once, --hold when it is
      // killed.
      start('while :; do ipvs-list --abandon 20; done');
      for (const end = Date.now() + SECONDS * 1000; Date.now() < end; ) {
        const halfReadDumps = start('exec ipvs-list --hold 20');
        await ready(halfReadDumps);
        const reader = start('exec ipvs-list --seconds 60');
        await sleep(Math.random() * 300);
        kill(halfReadDumps);
        kill(reader);
      }
    });

    it('by deleting namespaces with tables, dumps under way and writers', async () => {
      const services = range(300, (index) => `-A -t 10.4.0.1:${index + 1} -s rr`);
      writeFileSync('/tmp/namespace.rules', `${services.join('\n')}\n`);
      for (let round = 0; round < 15; round++) {
        const roundNamespace = `stress-${round}`;
        addNamespace(roundNamespace);
        await output(start('exec ipvsadm -R < /tmp/namespace.rules', roundNamespace));
        const halfReadDumps = start('exec ipvs-list --hold 5', roundNamespace);
        await ready(halfReadDumps);
        const others = [
          start('exec ipvs-list --seconds 60', roundNamespace),
          start('while :; do ipvsadm -C; ipvsadm -R < /tmp/namespace.rules; done', roundNamespace),
        ];
        await sleep(200);
        deleteNamespace(roundNamespace);
        for (const child of round % 2 === 0 ? [halfReadDumps, ...others] : [...others, halfReadDumps]) {
          kill(child);
          await sleep(Math.random() * 50);
        }
      }
    });

    it('by unloading the module, which a dump under way prevents', async () => {
      const services = range(300, (index) => `-A -t 10.4.0.1:${index + 1} -s rr`);
      writeFileSync('/tmp/namespace.rules', `${services.join('\n')}\n`);
      for (let round = 0; round < 5; round++) {
        run('modprobe', 'ip_vs');
        await output(start('exec ipvsadm -R < /tmp/namespace.rules'));
        const halfReadDumps = start('exec ipvs-list --hold 5');
        await ready(halfReadDumps);
        assert.throws(unloadIpVs, 'services and dumps are there');
        runIn(name, 'ipvsadm', '-C');
        assert.throws(unloadIpVs, 'dumps are under way');
        if (round % 2 === 0) kill(halfReadDumps);
        else halfReadDumps.stdin!.end();
        await once(halfReadDumps, 'close');
        await unloadIpVsWhenUnused();
      }
      run('modprobe', 'ip_vs');
    });

    it('by unloading the module while readers come back at once', async () => {
      const reader = start('while :; do ipvs-list --seconds 1 2>/dev/null; done');
      let unloaded = 0;
      for (let round = 0; round < 40; round++) {
        run('modprobe', 'ip_vs');
        await sleep(20);
        try {
          unloadIpVs();
          unloaded++;
        } catch {
          // A dump is under way just now.
        }
      }
      kill(reader);
      run('modprobe', 'ip_vs');
      assert.ok(unloaded > 0);
    });

    it('leaks nothing', async (test) => {
      await unloadIpVsWhenUnused();
      run('modprobe', 'ip_vs');
      if (!existsSync('/sys/kernel/debug')) return;
      run('mount', '-t', 'debugfs', 'debugfs', '/sys/kernel/debug');
      if (!existsSync(KMEMLEAK)) {
        test.diagnostic('this kernel has no leak detector');
        return;
      }
      // RCU and the trash of destinations free memory late; kmemleak reports a leak in its second scan.
      for (let scan = 0; scan < 2; scan++) {
        await sleep(5000);
        writeFileSync(KMEMLEAK, 'scan');
      }
      assert.equal(readFileSync(KMEMLEAK, 'utf8'), '');
    });
  });
}
