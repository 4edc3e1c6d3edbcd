import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../test/kernel/lab/project.ts';
import { type Datagrams, datagramsFile } from './datagrams.ts';
import type { Outsider } from './measure.ts';

const run = promisify(execFile);

/** The two ways of the C program: a plain walk, and libnl. */
type YardstickWay = 'walk' | 'libnl';

/** What the C program found, for comparing. */
interface YardstickResult {
  readonly samples: readonly number[];
  readonly services: number;
  readonly destinations: number;
}

/** The C program that decodes the same bytes, built and ready. */
export interface Yardstick {
  /** Decoding of these datagrams, timed by the program itself. */
  outsider(datagrams: Datagrams, way: YardstickWay): Promise<Outsider>;
  close(): Promise<void>;
}

const SOURCE = join(projectFolder, 'bench/yardstick/decode.c');
/** Rounds of the program whose caches are cold are left out. */
const COLD_ROUNDS = 2;
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 200;

/** Builds the C program; a string says why it cannot be had. */
export async function buildYardstick(): Promise<Yardstick | string> {
  const folder = await mkdtemp(join(tmpdir(), 'ipvs-bench-'));
  const program = join(folder, 'decode');
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await run('gcc', ['-O2', '-o', program, SOURCE, '-I/usr/include/libnl3', '-lnl-genl-3', '-lnl-3']);
  } catch (error) {
    await close();
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'gcc is not installed' : 'it needs the headers of libnl (libnl-genl-3-dev)';
  }
  let files = 0;
  return {
    close,
    async outsider(datagrams, way) {
      const file = join(folder, `${files++}`);
      await writeFile(file, datagramsFile(datagrams));
      const decode = async (rounds: number): Promise<YardstickResult> =>
        JSON.parse((await run(program, [way, `${rounds}`, file])).stdout) as YardstickResult;
      const { samples } = await decode(COLD_ROUNDS);
      const estimate = Math.min(...samples);
      return {
        sampleRound: async ({ time }) => {
          const wanted = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, Math.round(time / estimate)));
          return (await decode(COLD_ROUNDS + wanted)).samples.slice(COLD_ROUNDS);
        },
      };
    },
  };
}
