import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { projectFolder } from '../../test/kernel/lab/project.ts';
import type { ExternalSubject } from '../sampling/in-turn.ts';

const run = promisify(execFile);

/** The two decoders of the C program: a plain walk, and libnl. */
type DecoderName = 'walk' | 'libnl';

/** Number of services and destinations decoded by the C program, to be compared with ours. */
interface ObjectCounts {
  readonly services: number;
  readonly destinations: number;
}

/** The output of the C program for one request. */
interface DecodeResult extends ObjectCounts {
  readonly samples: readonly number[];
}

/** The C program that decodes the same bytes, or the reason why it could not be compiled. */
export type CDecoder = { readonly program: string } | { readonly unavailable: string };

const SOURCE = join(projectFolder, 'bench/decoding/decode.c');
/** Number of rounds that are not counted, because caches are cold. */
const COLD_ROUNDS = 1;
const MINIMUM_ROUNDS = 3;
const MAXIMUM_ROUNDS = 200;

/** Compilers, of which the first that is installed is used. */
const COMPILERS: readonly string[] = ['gcc', 'gcc-12', 'cc'];

/** Compiles the C program in a directory. */
export async function compileDecoder(folder: string): Promise<CDecoder> {
  const program = join(folder, 'decode');
  const args = ['-O2', '-o', program, SOURCE, '-I/usr/include/libnl3', '-lnl-genl-3', '-lnl-3'];
  for (const compiler of COMPILERS) {
    try {
      await run(compiler, args);
      return { program };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        return { unavailable: 'the headers of libnl are missing (package libnl-genl-3-dev)' };
    }
  }
  return { unavailable: 'there is no C compiler (package gcc)' };
}

/** A running C program, which measures its own time. */
export interface RunningDecoder extends ExternalSubject, ObjectCounts {
  close(): void;
}

/**
 * Starts the program on a file of datagrams. It keeps running between rounds: forking a process makes the
 * next write to each page of our memory more expensive (copy on write).
 */
export async function startDecoder(
  program: string,
  file: string,
  decoder: DecoderName,
): Promise<RunningDecoder> {
  const child = spawn(program, [decoder, file], { stdio: ['pipe', 'pipe', 'inherit'] });
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
      const rounds = Math.min(MAXIMUM_ROUNDS, Math.max(MINIMUM_ROUNDS, Math.round(time / 2 / estimate)));
      const warm = (await decode(COLD_ROUNDS + rounds)).samples.slice(COLD_ROUNDS);
      return warm.reduce((sum, sample) => sum + sample, 0) / warm.length;
    },
    close: () => child.stdin.end(),
  };
}
