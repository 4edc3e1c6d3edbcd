import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { fileErrorText } from '../../../text/file-error.ts';
import { SourceError } from '../state-source.ts';
import type { EtcdOptions } from './options.ts';

/** A file with a password, certificate or key is missing or invalid; no request is sent. */
export class CredentialFileError extends SourceError {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'CredentialFileError';
  }
}

/** Reads a text file. Throws a {@link CredentialFileError}. */
export function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CredentialFileError(fileErrorText(error as Error, file), error);
  }
}

/**
 * Returns the certificates and key of a TLS connection. The files are read for each connection, as they may
 * be replaced while the process runs. Throws a {@link CredentialFileError}.
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
      throw new CredentialFileError(`${file}: contains no certificate in PEM`, undefined);
    // Checked together with the certificate, which was added before it.
    context = secureContext(options, name === 'key' ? `${certificateFile} and ${file}` : file);
  }
  return context ?? secureContext(options, 'TLS');
}

function secureContext(options: SecureContextOptions, file: string): SecureContext {
  try {
    return createSecureContext(options);
  } catch (error) {
    const { message, reason = message } = error as Error & { readonly reason?: string };
    throw new CredentialFileError(`${file}: ${reason}`, error);
  }
}
