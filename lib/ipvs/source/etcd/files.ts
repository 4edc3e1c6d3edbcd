import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { fileErrorText } from '../../../text/file-error.ts';
import { SourceError } from '../state-source.ts';
import type { EtcdOptions } from './options.ts';

/** A file with a password, a certificate or a key is missing or invalid; no request is sent. */
export class FileProblem extends SourceError {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'FileProblem';
  }
}

/** Reads a file. Throws a {@link FileProblem}. */
export function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new FileProblem(fileErrorText(error as Error, file), error);
  }
}

/**
 * Creates the TLS context of a connection. The files are read for each connection, as they may be replaced at
 * run time. Throws a {@link FileProblem}.
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
      throw new FileProblem(`${file}: does not contain a PEM certificate`, undefined);
    // The key must match the certificate, which is read before it.
    context = createContext(options, name === 'key' ? `${certificateFile} and ${file}` : file);
  }
  return context ?? createContext(options, 'TLS');
}

function createContext(options: SecureContextOptions, file: string): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    const { message, reason = message } = error as Error & { readonly reason?: string };
    throw new FileProblem(`${file}: ${reason}`, error);
  }
}
