import { Connection } from '../../netlink/connection/connection.ts';
import type { Transport } from '../../netlink/socket/transport.ts';
import { AsyncClient } from './client-base.ts';
import { clientFiles, type OpenOptions, openTransport } from './open.ts';

/**
 * IPVS, with promises, any number of requests at a time and without holding the event loop for
 * long; see {@link IpvsMethods} for what the methods do and reject with.
 */
export class Ipvs extends AsyncClient {
  private constructor(transport: Transport, options: OpenOptions) {
    super(new Connection(transport, { attempts: options.attempts }), transport, clientFiles(options));
  }

  /**
   * Opens a client. Rejects with a SystemCallError when the socket or the namespace cannot be opened, and
   * with a FieldError for bad options.
   */
  static async open(options: OpenOptions = {}): Promise<Ipvs> {
    return new Ipvs(openTransport(options), options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
