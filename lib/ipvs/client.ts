import { Connection } from '../netlink/connection/connection.ts';
import { AsyncClient } from './client-base.ts';
import { type OpenOptions, openTransport, settingReader } from './open.ts';

/**
 * IPVS, with promises, any number of requests at a time and without holding the event loop for
 * long; see {@link IpvsMethods} for what the methods do and reject with.
 */
export class Ipvs extends AsyncClient {
  private constructor(connection: Connection, options: OpenOptions) {
    super(connection, settingReader(options));
  }

  /**
   * Opens a client. Rejects with a SystemCallError when the socket or the namespace cannot be had, and
   * with a FieldError for bad options.
   */
  static async open(options: OpenOptions = {}): Promise<Ipvs> {
    return new Ipvs(new Connection(openTransport(options), { attempts: options.attempts }), options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
