import type { GenericFamily } from '../../../protocol/genetlink/index.ts';
import type { AttributeValues } from '../../../protocol/netlink/index.ts';
import { NetlinkProtocol } from '../../../protocol/netlink/index.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import { ConnectionSync } from '../connection/connection-sync.ts';
import type { RequestOptions } from '../connection/lifetime.ts';
import type { Operation } from '../request/operation.ts';
import type { NetlinkSocketOptions } from '../socket/socket.ts';
import { FamilyDirectory } from './family-directory.ts';
import type { GenericReply, GenericRequest } from './generic-request.ts';
import { genericRequest } from './generic-request.ts';

/** Socket and connection options; the protocol is always NETLINK_GENERIC. */
export type GenericNetlinkOptions = Omit<NetlinkSocketOptions, 'protocol'> & ConnectionOptions;

/** What a method returns: a promise with a `Connection`, the result itself with a `ConnectionSync`. */
type Returned<C, Result> = C extends ConnectionSync ? Result : Promise<Result>;

/** The methods of {@link GenericNetlink} and {@link GenericNetlinkSync}. */
class GenericNetlinkMethods<C extends Connection | ConnectionSync> {
  /** The connection over which requests are sent. */
  readonly connection: C;
  /** The families that have been looked up over this connection. */
  readonly directory: FamilyDirectory = new FamilyDirectory();

  constructor(connection: C) {
    this.connection = connection;
  }

  /** Returns the family called `name`; fails with a `FamilyNotFoundError`. */
  family(name: string, options?: RequestOptions): Returned<C, GenericFamily> {
    return this.#perform(this.directory.family(name), options);
  }

  /** Returns every registered family. */
  families(options?: RequestOptions): Returned<C, GenericFamily[]> {
    return this.#perform(this.directory.families(), options);
  }

  /** Runs a request to any family, which is looked up on first use; see {@link genericRequest}. */
  request<
    const Sets,
    SetName extends keyof Sets & string,
    ReplySetName extends keyof Sets & string = SetName,
  >(
    request: GenericRequest<Sets, SetName, ReplySetName>,
    options?: RequestOptions,
  ): Returned<C, GenericReply<AttributeValues<Sets, ReplySetName>>[]> {
    return this.#perform(deferred(request, this.directory), options);
  }

  /** Closes the connection: pending requests fail with a ClosedError. Has no effect if it is closed already. */
  close(): ReturnType<C['close']> {
    return this.connection.close() as ReturnType<C['close']>;
  }

  #perform<Result>(operation: Operation<Result>, options?: RequestOptions): Returned<C, Result> {
    return this.connection.perform(operation, options) as Returned<C, Result>;
  }
}

/** Makes the request when the operation runs, so that an invalid one rejects. */
function* deferred<Sets, SetName extends keyof Sets & string, ReplySetName extends keyof Sets & string>(
  request: GenericRequest<Sets, SetName, ReplySetName>,
  directory: FamilyDirectory,
): ReturnType<typeof genericRequest<Sets, SetName, ReplySetName>> {
  return yield* genericRequest(request, directory);
}

/** A generic netlink connection: families by name, and requests to them. */
export class GenericNetlink extends GenericNetlinkMethods<Connection> {
  /** Opens a NETLINK_GENERIC socket. Rejects with a `SystemCallError` or a `FieldError`. */
  static async open(options: GenericNetlinkOptions = {}): Promise<GenericNetlink> {
    return new GenericNetlink(await Connection.open({ ...options, protocol: NetlinkProtocol.GENERIC }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The synchronous {@link GenericNetlink}. */
export class GenericNetlinkSync extends GenericNetlinkMethods<ConnectionSync> {
  /** Opens a NETLINK_GENERIC socket. Throws a `SystemCallError` or a `FieldError`. */
  static open(options: GenericNetlinkOptions = {}): GenericNetlinkSync {
    return new GenericNetlinkSync(ConnectionSync.open({ ...options, protocol: NetlinkProtocol.GENERIC }));
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
