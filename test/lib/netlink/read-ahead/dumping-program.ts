import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import threads, { isMainThread, workerData } from 'node:worker_threads';
import { Ipvs, IpvsSync } from '../../../../lib/index.ts';
import { serveFakeKernel } from '../../../../lib/testing/index.ts';
import type { TableSetUp } from './set-up-table.ts';

// A program for tests that dumps a long table again and again. Its first argument names the situation to test; with
// `sync` as the second one its client is synchronous. It prints the number of services or the error's code of each
// dump, two dumps after the first error being the last ones, and how often the library tried to start its read-ahead
// thread. It must exit on its own.

const SERVICES = 1500;
const DUMPS: Readonly<Record<string, number>> = {
  'right after its start': 2,
  'thread ends while it reads': 30,
};
const SITUATION = isMainThread ? process.argv[2] : (workerData as string);
const RealWorker = threads.Worker;
let threadStartAttempts = 0;

/** Makes the library start its read-ahead thread with `start`. */
function replaceThread(start: (file: URL, options: object) => threads.Worker): void {
  threads.Worker = new Proxy(RealWorker, {
    construct(_target, [file, options]: [URL, object]) {
      threadStartAttempts++;
      return start(file, options);
    },
  });
  syncBuiltinESMExports();
}

/** The thread's file, preceded by lines that run first. */
function withPreface(file: URL, preface: string): URL {
  const source = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
    ${preface}
    await import(${JSON.stringify(file.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

switch (SITUATION) {
  case 'the thread cannot be started':
    replaceThread(() => {
      throw new Error('no thread may be started');
    });
    break;
  case 'in a bundle': {
    const { existsSync } = fs;
    fs.existsSync = (path) => !String(path).endsWith('/reader-thread.js') && existsSync(path);
    replaceThread((file, options) => new RealWorker(file, options));
    break;
  }
  case 'the file of the thread cannot be read':
    replaceThread((file, options) => new RealWorker(new URL('./no-such-file.js', file), options));
    break;
  case 'thread ends while it reads':
    replaceThread((file, options) => {
      const preface = `const { readSync } = fs; let reads = 0;
        fs.readSync = (...args) => { if (++reads === 60) process.exit(); return readSync(...args); };
        syncBuiltinESMExports();`;
      return new RealWorker(withPreface(file, preface), options);
    });
    break;
  default:
    replaceThread((file, options) => new RealWorker(file, options));
}

if (SITUATION === 'in a worker' && isMainThread) {
  new RealWorker(new URL(import.meta.url), { workerData: SITUATION, argv: process.argv.slice(2) });
} else {
  const data: TableSetUp = { services: SERVICES };
  const served = await serveFakeKernel({
    in: 'process',
    kernel: { singleDump: 'nested' },
    setUp: new URL('./set-up-table.js', import.meta.url),
    data,
  });
  const transport = served.connect();
  const client = process.argv[3] === 'sync' ? IpvsSync.open({ transport }) : await Ipvs.open({ transport });
  const results: (number | string)[] = [];
  for (let dumps = DUMPS[SITUATION!] ?? 5; dumps > 0; dumps--) {
    try {
      results.push((await client.dump()).services.length);
    } catch (error) {
      results.push((error as { code: string }).code);
      dumps = 3;
    }
    if (SITUATION !== 'right after its start') await new Promise((resolve) => setTimeout(resolve, 30));
  }
  fs.writeSync(1, `${JSON.stringify({ results, threadStartAttempts })}\n`);
  if (SITUATION === 'exits in the middle') {
    void client.dump();
    setTimeout(() => process.exit(), 2);
  }
}
