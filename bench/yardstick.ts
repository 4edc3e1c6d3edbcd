import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { projectFolder } from '../test/kernel/lab/project.ts';
import type { Outsider } from './measure.ts';

const run = promisify(execFile);

/** The two ways of the C program: a plain walk, and libnl. */
type YardstickWay = 'walk' | 'libnl';

/** How many services and destinations the C program found, for comparing. */
interface Found {
  readonly services: number;
  readonly destinations: number;
}

/** What one run of the C program prints. */
interface YardstickResult extends Found {
  readonly samples: readonly number[];
}

/** The C program that decodes the same bytes, or why it cannot be had. */
export type Yardstick = { readonly program: string } | { readonly missing: string };

const SOURCE = join(projectFolder, 'bench/yardstick/decode.c');
/** Rounds of the program whose caches are cold are left out. */
const COLD_ROUNDS = 1;
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 200;

/** Builds the C program in a folder. */
export async function buildYardstick(folder: string): Promise<Yardstick> {
  const program = join(folder, 'decode');
  try {
    await run('gcc', ['-O2', '-o', program, SOURCE, '-I/usr/include/libnl3', '-lnl-genl-3', '-lnl-3']);
    return { program };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const missing =
      code === 'ENOENT' ? 'gcc is not installed' : 'it needs the headers of libnl (libnl-genl-3-dev)';
    return { missing };
  }
}

/** Decoding by the program, which times it itself, until it is closed. */
export interface YardstickOutsider extends Outsider, Found {
  close(): void;
}

/**
 * Starts the program on a file of datagrams. It runs on and waits for its next round: starting a process makes the
 * next writes of this one to each page of its memory dear.
 */
export async function startYardstick(
  program: string,
  file: string,
  way: YardstickWay,
): Promise<YardstickOutsider> {
  const child = spawn(program, [way, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const decode = async (rounds: number): Promise<YardstickResult> => {
    child.stdin.write(`${rounds}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the C program ended on ${file}`);
    return JSON.parse(value) as YardstickResult;
  };
  const { samples, services, destinations } = await decode(COLD_ROUNDS);
  const estimate = Math.min(...samples);
  return {
    services,
    destinations,
    sampleRound: async ({ time }) => {
      const wanted = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, Math.round(time / 2 / estimate)));
      return (await decode(COLD_ROUNDS + wanted)).samples.slice(COLD_ROUNDS);
    },
    close: () => child.stdin.end(),
  };
}
