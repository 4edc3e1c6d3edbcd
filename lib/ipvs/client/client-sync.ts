import { ConnectionSync } from '../../netlink/connection/connection-sync.ts';
import type { Transport } from '../../netlink/socket/transport.ts';
import { SyncClient } from './client-base.ts';
import { type OpenOptions, openTransport } from './open.ts';

/**
 * A synchronous client of IPVS, for scripts, commands and measurements. Every method returns when the
 * kernel has replied. See {@link IpvsMethods} for the methods and their errors.
 */
export class IpvsSync extends SyncClient {
  private constructor(transport: Transport, options: OpenOptions) {
    super(new ConnectionSync(transport, { attempts: options.attempts }), transport, options);
  }

  /**
   * Opens a client. Throws a SystemCallError if the socket or the namespace cannot be opened, and a
   * FieldError for invalid options.
   */
  static open(options: OpenOptions = {}): IpvsSync {
    return new IpvsSync(openTransport(options), options);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
