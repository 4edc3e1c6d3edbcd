import { listenAddressText, PageServer, type PageServerOptions } from '../http/index.ts';
import { CommandLineError, Status } from './parse/command-line-error.ts';

/** Serves pages where `--listen` says. Throws a CommandLineError where it cannot. */
export async function servePages(options: PageServerOptions): Promise<PageServer> {
  try {
    return await PageServer.listen(options);
  } catch (error) {
    const { host, port } = options.listen;
    const words = (error as Error).message.replace(` ${host}:${port}`, '');
    throw new CommandLineError(`--listen ${listenAddressText(options.listen)}: ${words}`, Status.WRONG_USE);
  }
}
