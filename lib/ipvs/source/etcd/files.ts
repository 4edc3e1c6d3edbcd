import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { fileErrorText } from '../../../text/file-error.ts';
import { SourceError } from '../state-source.ts';
import type { EtcdOptions } from './options.ts';

/** A file with a password, a certificate or a key is missing, or holds none: no endpoint is asked. */
export class FileProblem extends SourceError {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'FileProblem';
  }
}

/** The text of a file. Throws a {@link FileProblem}. */
export function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FileProblem(fileErrorText(error as Error, file), error);
  }
}

/**
 * What a connection with TLS is made with: the files are read for each, as they are replaced while we run. Throws a
 * {@link FileProblem}.
 */
export function secureContextOf({ caFile, certificateFile, keyFile }: EtcdOptions): SecureContext {
  const options: SecureContextOptions = {};
  let context: SecureContext | undefined;
  for (const [name, file] of [
    ['ca', caFile],
    ['cert', certificateFile],
    ['key', keyFile],
  ] as const) {
    if (file === undefined) continue;
    options[name] = fileText(file);
    if (name === 'ca' && !options.ca?.includes('-----BEGIN '))
      throw new FileProblem(`${file}: holds no certificate in PEM`, undefined);
    // The key goes with the certificate that stands before it.
    context = tried(options, name === 'key' ? `${certificateFile} and ${file}` : file);
  }
  return context ?? tried(options, 'TLS');
}

function tried(options: SecureContextOptions, file: string): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    const { message, reason = message } = error as Error & { readonly reason?: string };
    throw new FileProblem(`${file}: ${reason}`, error);
  }
}
