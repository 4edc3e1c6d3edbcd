import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CDecoder } from './c-decoder.ts';
import { type CodecFigures, type CodecInput, type CodecOptions, measureCodec } from './measure-codec.ts';

/** The message that starts a measurement in the child process. */
interface CodecRequest {
  readonly input: CodecInput;
  /** The file with the table's datagrams. */
  readonly file: string;
  readonly decoder: CDecoder;
  readonly options: CodecOptions;
  readonly seconds: number;
}

type CodecReply =
  | { readonly progress: string }
  | { readonly figures: CodecFigures }
  | { readonly failure: string };

/**
 * Measures the codec on one table in a child process, as code that V8 compiled for other tables, and memory that
 * they used, would change the figures. Rejects with the error of the child process.
 */
export function measureInChildProcess(
  request: CodecRequest,
  progress: (text: string) => void,
): Promise<CodecFigures> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), {
      serialization: 'advanced',
    });
    child.on('message', (reply: CodecReply) => {
      if ('progress' in reply) progress(reply.progress);
      else if ('figures' in reply) resolve(reply.figures);
      else reject(new Error(reply.failure));
    });
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      reject(new Error(`measuring ended with ${signal ?? `status ${code}`}`)),
    );
    child.send(request);
  });
}

async function run({ input, file, decoder, options, seconds }: CodecRequest): Promise<void> {
  const reply = (message: CodecReply): void => {
    process.send?.(message);
  };
  try {
    const figures = await measureCodec(input, file, decoder, options, seconds, (progress) =>
      reply({ progress }),
    );
    reply({ figures });
  } catch (error) {
    reply({ failure: (error as Error).message });
  }
  process.disconnect?.();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.once('message', (request: CodecRequest) => void run(request));
}
