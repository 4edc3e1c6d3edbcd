import { ConnectionSync } from '../../netlink/connection/connection-sync.ts';
import type { Transport } from '../../netlink/socket/transport.ts';
import { SyncClient } from './client-base.ts';
import { clientFiles, type OpenOptions, openTransport } from './open.ts';

/**
 * A synchronous client of IPVS, for scripts, command lines and measurements. Every method returns when the
 * kernel has answered; see {@link IpvsMethods} for what they do and throw.
 */
export class IpvsSync extends SyncClient {
  private constructor(transport: Transport, options: OpenOptions) {
    super(new ConnectionSync(transport, { attempts: options.attempts }), transport, clientFiles(options));
  }

  /**
   * Opens a client. Throws a SystemCallError when the socket or the namespace cannot be opened, and a
   * FieldError for bad options.
   */
  static open(options: OpenOptions = {}): IpvsSync {
    return new IpvsSync(openTransport(options), options);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
