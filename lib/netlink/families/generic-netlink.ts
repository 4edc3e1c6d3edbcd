import type { GenericFamily } from '../../../protocol/genetlink/index.ts';
import type { AttributeValues } from '../../../protocol/netlink/index.ts';
import { NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import { ConnectionSync } from '../connection/connection-sync.ts';
import type { RequestOptions } from '../connection/lifetime.ts';
import type { NetlinkSocketOptions } from '../socket/socket.ts';
import { FamilyDirectory } from './family-directory.ts';
import type { GenericReply, GenericRequest } from './generic-request.ts';
import { genericRequest } from './generic-request.ts';

/** Socket and connection options; the protocol is always NETLINK_GENERIC. */
export type GenericNetlinkOptions = Omit<NetlinkSocketOptions, 'protocol'> & ConnectionOptions;

/** A generic netlink connection: families by name, and requests to them. */
export class GenericNetlink {
  /** The connection over which requests are sent. */
  readonly connection: Connection;
  /** The families that have been looked up over this connection. */
  readonly directory: FamilyDirectory = new FamilyDirectory();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Opens a NETLINK_GENERIC socket. Rejects with a `SystemCallError` or a `FieldError`. */
  static async open(options: GenericNetlinkOptions = {}): Promise<GenericNetlink> {
    return new GenericNetlink(await Connection.open({ ...options, protocol: NetlinkProtocol.GENERIC }));
  }

  /** Returns the family called `name`; rejects with a `FamilyNotFoundError`. */
  family(name: string, options?: RequestOptions): Promise<GenericFamily> {
    return this.connection.perform(this.directory.family(name), options);
  }

  /** Returns every registered family. */
  families(options?: RequestOptions): Promise<GenericFamily[]> {
    return this.connection.perform(this.directory.families(), options);
  }

  /** Runs a request to any family, which is looked up on first use; see {@link genericRequest}. */
  async request<
    const Sets,
    SetName extends keyof Sets & string,
    ReplySetName extends keyof Sets & string = SetName,
  >(
    request: GenericRequest<Sets, SetName, ReplySetName>,
    options?: RequestOptions,
  ): Promise<GenericReply<AttributeValues<Sets, ReplySetName>>[]> {
    return await this.connection.perform(genericRequest(request, this.directory), options);
  }

  /** Closes the connection; pending requests reject with a ClosedError. */
  close(): Promise<void> {
    return this.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The synchronous {@link GenericNetlink}. */
export class GenericNetlinkSync {
  /** The connection over which requests are sent. */
  readonly connection: ConnectionSync;
  /** The families that have been looked up over this connection. */
  readonly directory: FamilyDirectory = new FamilyDirectory();

  constructor(connection: ConnectionSync) {
    this.connection = connection;
  }

  /** Opens a NETLINK_GENERIC socket. Throws a `SystemCallError` or a `FieldError`. */
  static open(options: GenericNetlinkOptions = {}): GenericNetlinkSync {
    return new GenericNetlinkSync(ConnectionSync.open({ ...options, protocol: NetlinkProtocol.GENERIC }));
  }

  /** Returns the family called `name`; throws a `FamilyNotFoundError`. */
  family(name: string, options?: RequestOptions): GenericFamily {
    return this.connection.perform(this.directory.family(name), options);
  }

  /** Returns every registered family. */
  families(options?: RequestOptions): GenericFamily[] {
    return this.connection.perform(this.directory.families(), options);
  }

  /** Runs a request to any family, which is looked up on first use; see {@link genericRequest}. */
  request<
    const Sets,
    SetName extends keyof Sets & string,
    ReplySetName extends keyof Sets & string = SetName,
  >(
    request: GenericRequest<Sets, SetName, ReplySetName>,
    options?: RequestOptions,
  ): GenericReply<AttributeValues<Sets, ReplySetName>>[] {
    return this.connection.perform(genericRequest(request, this.directory), options);
  }

  /** Closes the connection; has no effect if it is closed already. */
  close(): void {
    this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
