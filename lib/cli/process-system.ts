import { readSync, writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { missingPrivilege } from './kernel/privileges.ts';
import { ServicesFile } from './names/services-file.ts';
import { OutputClosed, type System } from './system.ts';

const OUTPUT = 1;
const ERRORS = 2;
const INPUT = 0;
/** Delay before a descriptor that was not ready is tried again, in milliseconds. */
const PAUSE = 1;

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
}

/** Writes all of a text to a descriptor, which may be non-blocking. */
function writeAll(descriptor: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      pause();
    }
  }
}

function readAll(descriptor: number): string {
  const parts: Buffer[] = [];
  for (;;) {
    const part = Buffer.allocUnsafe(65536);
    try {
      const length = readSync(descriptor, part);
      if (length === 0) return Buffer.concat(parts).toString();
      parts.push(part.subarray(0, length));
    } catch (error) {
      if (codeOf(error) === 'EOF') return Buffer.concat(parts).toString();
      if (codeOf(error) !== 'EAGAIN') throw error;
      pause();
    }
  }
}

/** The {@link System} of a real process: its file descriptors, the kernel and name lookups. */
export const processSystem: System = {
  stopInlining() {
    // At run time, not on the command line, as V8 rejects a code cache created with different flags.
    setFlagsFromString('--no-turbo-inlining');
  },
  write(text) {
    try {
      writeAll(OUTPUT, text);
    } catch (error) {
      if (codeOf(error) === 'EPIPE') throw new OutputClosed();
      throw new Error(`standard output cannot be written: ${codeOf(error)}`);
    }
  },
  async isTerminal() {
    const { isatty } = await import('node:tty');
    return isatty(OUTPUT);
  },
  async screen() {
    const { openScreen } = await import('./top/screen/open-screen.ts');
    return await openScreen((text) => processSystem.write(text));
  },
  writeError(line) {
    try {
      writeAll(ERRORS, `${line}\n`);
    } catch (error) {
      if (codeOf(error) !== 'EPIPE') throw error;
    }
  },
  readInput: () => readAll(INPUT),
  async open({ netns, from, fake }) {
    if (fake !== undefined) {
      const { openFakeClient } = await import('./kernel/fake-client.ts');
      return openFakeClient(fake.file);
    }
    if (from === undefined) {
      const { IpvsSync } = await import('../ipvs/client/client-sync.ts');
      return IpvsSync.open({ netns });
    }
    const { openCapture } = await import('./capture/capture-client.ts');
    return openCapture(from);
  },
  async openAsync({ netns, fake }) {
    if (fake !== undefined) {
      const { openFakeClientAsync } = await import('./kernel/fake-client.ts');
      return await openFakeClientAsync(fake.file);
    }
    const { Ipvs } = await import('../ipvs/client/client.ts');
    return await Ipvs.open({ netns });
  },
  async loadModule() {
    const { loadKernelModule } = await import('./kernel/kernel-module.ts');
    return await loadKernelModule('ip_vs');
  },
  async lockNamespace(netns) {
    const { lockNamespace } = await import('../reconciler/namespace-lock.ts');
    return lockNamespace(netns);
  },
  missingPrivilege,
  async openConnectionsFile({ netns, from, fake }) {
    const { CONNECTIONS_FILE, fileSource, textSource } = await import('../ipvs/proc/connection-reader.ts');
    if (fake !== undefined) return textSource('');
    return from === undefined ? fileSource(CONNECTIONS_FILE, { netns }) : fileSource(from);
  },
  async readStatistics({ netns }) {
    const { readStatistics } = await import('../ipvs/proc/statistics.ts');
    return readStatistics({ netns });
  },
  untilStopped: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    }),
  async hostLookup() {
    const { systemHosts } = await import('./names/hosts.ts');
    return await systemHosts();
  },
  servicesFile: () => ServicesFile.read(),
};
