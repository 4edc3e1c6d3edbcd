import type { GenericFamily } from '../../../protocol/genetlink/index.ts';
import type { DumpDecoder, ServiceRecords, ServiceView } from '../../../protocol/ipvs/index.ts';
import { SmallDumps } from '../../netlink/connection/small-dumps.ts';
import type { Call } from '../../netlink/request/call.ts';
import { CANCELLATION_POINT, type Operation } from '../../netlink/request/operation.ts';
import type { DumpOptions } from '../dump.ts';
import { DestinationsRequest, getService } from '../requests/index.ts';
import { IpvsCall } from '../requests/ipvs-call.ts';
import { type Context, send, unlessMissing } from './context.ts';
import { DestinationReadAhead } from './destination-read-ahead.ts';

/**
 * Reads the destinations of many services into a decoder, for a per-service dump: on a second socket if the
 * transport offers one, and on a third one by a thread if there are very many. After a failure there this
 * request and all later ones are sent over the connection, which reports errors.
 */
export class DestinationReader<Item> {
  readonly #context: Context;
  readonly #family: GenericFamily;
  readonly #decoder: DumpDecoder<Item>;
  readonly #leaveOut: DumpOptions['leaveOut'];
  /** The dumps on the second socket, while it is used. */
  #dumps: SmallDumps | undefined;
  /** The destinations that the thread reads on the third socket, while it is used. */
  #ahead: DestinationReadAhead<Item> | undefined;
  /** Index of the service that is read next. */
  #index = 0;

  /** `services` are all services whose destinations will be read, in this order, if they are known. */
  constructor(
    context: Context,
    family: GenericFamily,
    decoder: DumpDecoder<Item>,
    { leaveOut, service }: DumpOptions,
    services?: ServiceRecords,
  ) {
    this.#context = context;
    this.#family = family;
    this.#decoder = decoder;
    this.#leaveOut = leaveOut;
    if (service !== undefined) return;
    this.#dumps = opened(() => openSmallDumps(context));
    if (services !== undefined)
      this.#ahead = opened(() => DestinationReadAhead.start(context, family, decoder, services));
  }

  /**
   * Reads the destinations of a cursor's current service into `item`, the decoder's result for this service.
   * Returns false if the service is to be omitted: it has been removed (for which the kernel returns an empty
   * dump), or could not be read and `leaveOut` allows it.
   */
  *read(service: ServiceView, item: Item): Operation<boolean> {
    const index = this.#index++;
    try {
      let request = this.#ahead && (yield* this.#readAhead(this.#ahead, index, item));
      if (request === undefined) {
        request = new DestinationsRequest(this.#decoder, service);
        request.begin(item);
        if (!(yield* this.#readOnSecondSocket(new IpvsCall(this.#family, request)))) {
          request.reset();
          yield* send(this.#context, request);
        }
      }
      if (request.hasDestinations) return true;
      return (yield* unlessMissing(send(this.#context, getService(service.key)))) !== undefined;
    } catch (error) {
      if (this.#leaveOut?.(service.key, error) !== true) throw error;
      return false;
    }
  }

  close(): void {
    this.#dumps?.close();
    this.#dumps = undefined;
    this.#ahead?.close();
    this.#ahead = undefined;
  }

  *#readAhead(
    ahead: DestinationReadAhead<Item>,
    index: number,
    item: Item,
  ): Operation<DestinationsRequest<Item> | undefined> {
    try {
      if ((yield CANCELLATION_POINT) === true) return ahead.read(index, item);
    } catch {
      // The request is repeated on the second socket and, if that fails too, over the connection.
    }
    ahead.close();
    this.#ahead = undefined;
    return undefined;
  }

  *#readOnSecondSocket(call: Call<void>): Operation<boolean> {
    const dumps = this.#dumps;
    if (dumps === undefined) return false;
    try {
      dumps.send(call);
      while ((yield CANCELLATION_POINT) === true) if (!dumps.receive()) return true;
    } catch {
      // The request is repeated over the connection.
    }
    this.close();
    return false;
  }
}

/** Returns what `open` opens; `undefined` if that fails, for example because too many files are open. */
function opened<Opened>(open: () => Opened | undefined): Opened | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

function openSmallDumps({ transport, statistics }: Context): SmallDumps | undefined {
  const socket = transport?.openForDumps?.();
  return socket && new SmallDumps(socket, statistics);
}
