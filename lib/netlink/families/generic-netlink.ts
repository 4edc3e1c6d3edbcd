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

/** How to open a generic netlink connection: as any socket, but the protocol is given. */
export type GenericNetlinkOptions = Omit<NetlinkSocketOptions, 'protocol'> & ConnectionOptions;

/** Generic netlink over one connection: families by name, and requests to them. */
export class GenericNetlink {
  /** The connection that requests go over. */
  readonly connection: Connection;
  /** The ids of the families that were looked up on it. */
  readonly directory: FamilyDirectory = new FamilyDirectory();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Opens a socket of NETLINK_GENERIC. Rejects with a `SystemCallError`. */
  static async open(options: GenericNetlinkOptions = {}): Promise<GenericNetlink> {
    return new GenericNetlink(await Connection.open({ ...options, protocol: NetlinkProtocol.GENERIC }));
  }

  /** The family called `name`; rejects with a `FamilyNotFoundError`. */
  family(name: string, options?: RequestOptions): Promise<GenericFamily> {
    return this.connection.perform(this.directory.family(name), options);
  }

  /** Every family that is registered now. */
  families(options?: RequestOptions): Promise<GenericFamily[]> {
    return this.connection.perform(this.directory.families(), options);
  }

  /** Runs a request to any family, which is looked up once; see {@link genericRequest}. */
  async request<const Sets, Set extends keyof Sets & string, ReplySet extends keyof Sets & string = Set>(
    request: GenericRequest<Sets, Set, ReplySet>,
    options?: RequestOptions,
  ): Promise<GenericReply<AttributeValues<Sets, ReplySet>>[]> {
    return await this.connection.perform(genericRequest(request, this.directory), options);
  }

  /** Closes the connection: what is pending rejects with a ClosedError. */
  close(): Promise<void> {
    return this.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The synchronous {@link GenericNetlink}. */
export class GenericNetlinkSync {
  /** The connection that requests go over. */
  readonly connection: ConnectionSync;
  /** The ids of the families that were looked up on it. */
  readonly directory: FamilyDirectory = new FamilyDirectory();

  constructor(connection: ConnectionSync) {
    this.connection = connection;
  }

  /** Opens a socket of NETLINK_GENERIC. Throws a `SystemCallError`. */
  static open(options: GenericNetlinkOptions = {}): GenericNetlinkSync {
    return new GenericNetlinkSync(ConnectionSync.open({ ...options, protocol: NetlinkProtocol.GENERIC }));
  }

  /** The family called `name`; throws a `FamilyNotFoundError`. */
  family(name: string, options?: RequestOptions): GenericFamily {
    return this.connection.perform(this.directory.family(name), options);
  }

  /** Every family that is registered now. */
  families(options?: RequestOptions): GenericFamily[] {
    return this.connection.perform(this.directory.families(), options);
  }

  /** Runs a request to any family, which is looked up once; see {@link genericRequest}. */
  request<const Sets, Set extends keyof Sets & string, ReplySet extends keyof Sets & string = Set>(
    request: GenericRequest<Sets, Set, ReplySet>,
    options?: RequestOptions,
  ): GenericReply<AttributeValues<Sets, ReplySet>>[] {
    return this.connection.perform(genericRequest(request, this.directory), options);
  }

  /** Closes the connection; harmless when repeated. */
  close(): void {
    this.connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
