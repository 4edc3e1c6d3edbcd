import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { projectFolder } from '../../test/kernel/lab/project.ts';
import type { ExternalSubject } from '../sampling/in-turn.ts';

const run = promisify(execFile);

/** The two ways of the C program: a plain walk, and libnl. */
type DecoderWay = 'walk' | 'libnl';

/** How many services and destinations the C program found, for comparing. */
interface Found {
  readonly services: number;
  readonly destinations: number;
}

/** What one run of the C program prints. */
interface DecodeResult extends Found {
  readonly samples: readonly number[];
}

/** The C program that decodes the same bytes, or why it cannot be had. */
export type CDecoder = { readonly program: string } | { readonly missing: string };

const SOURCE = join(projectFolder, 'bench/decoding/decode.c');
/** Rounds of the program whose caches are cold are left out. */
const COLD_ROUNDS = 1;
const MINIMUM_ROUNDS = 3;
const MAXIMUM_ROUNDS = 200;

/** Compilers, the first that is there. */
const COMPILERS: readonly string[] = ['gcc', 'gcc-12', 'cc'];

/** Builds the C program in a folder. */
export async function buildDecoder(folder: string): Promise<CDecoder> {
  const program = join(folder, 'decode');
  const words = ['-O2', '-o', program, SOURCE, '-I/usr/include/libnl3', '-lnl-genl-3', '-lnl-3'];
  for (const compiler of COMPILERS) {
    try {
      await run(compiler, words);
      return { program };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        return { missing: 'the headers of libnl are missing (package libnl-genl-3-dev)' };
    }
  }
  return { missing: 'there is no C compiler (package gcc)' };
}

/** Decoding by the program, which times it itself, until it is closed. */
export interface RunningDecoder extends ExternalSubject, Found {
  close(): void;
}

/**
 * Starts the program on a file of datagrams. It runs on and waits for its next round: starting a process
 * makes the next writes of this one to each page of its memory cost more.
 */
export async function startDecoder(program: string, file: string, way: DecoderWay): Promise<RunningDecoder> {
  const child = spawn(program, [way, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const decode = async (rounds: number): Promise<DecodeResult> => {
    child.stdin.write(`${rounds}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the C program ended on ${file}`);
    return JSON.parse(value) as DecodeResult;
  };
  const { samples, services, destinations } = await decode(COLD_ROUNDS);
  const estimate = Math.min(...samples);
  return {
    services,
    destinations,
    sample: async (time) => {
      const wanted = Math.min(MAXIMUM_ROUNDS, Math.max(MINIMUM_ROUNDS, Math.round(time / 2 / estimate)));
      const warm = (await decode(COLD_ROUNDS + wanted)).samples.slice(COLD_ROUNDS);
      return warm.reduce((sum, sample) => sum + sample, 0) / warm.length;
    },
    close: () => child.stdin.end(),
  };
}
