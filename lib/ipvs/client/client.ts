import { Connection } from '../../netlink/connection/connection.ts';
import type { Transport } from '../../netlink/socket/transport.ts';
import { AsyncClient } from './client-base.ts';
import { type OpenOptions, openTransport } from './open.ts';

/**
 * An asynchronous client of IPVS, with any number of concurrent requests, which does not block the event loop
 * for long. See {@link IpvsMethods} for the methods and their errors.
 */
export class Ipvs extends AsyncClient {
  private constructor(transport: Transport, options: OpenOptions) {
    super(new Connection(transport, { attempts: options.attempts }), transport, options);
  }

  /**
   * Opens a client. Rejects with a SystemCallError if the socket or the namespace cannot be opened, and
   * with a FieldError for invalid options.
   */
  static async open(options: OpenOptions = {}): Promise<Ipvs> {
    return new Ipvs(openTransport(options), options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
