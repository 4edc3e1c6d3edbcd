import { HttpServer, type HttpServerOptions, listenAddressText } from '../http/index.ts';
import { CommandError, Status } from './parse/command-error.ts';

/**
 * Starts an HTTP server on the address of `--listen`. Throws a CommandError if it cannot listen there.
 */
export async function listen(options: HttpServerOptions): Promise<HttpServer> {
  try {
    return await HttpServer.listen(options);
  } catch (error) {
    const { host, port } = options.listen;
    const reason = (error as Error).message.replace(` ${host}:${port}`, '');
    throw new CommandError(`--listen ${listenAddressText(options.listen)}: ${reason}`, Status.USAGE_ERROR);
  }
}
