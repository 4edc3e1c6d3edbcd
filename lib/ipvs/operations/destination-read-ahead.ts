import type { GenericFamily } from '../../../protocol/genetlink/index.ts';
import type { DumpDecoder, RecordCursor, ServiceRecords } from '../../../protocol/ipvs/index.ts';
import { DumpReadAhead } from '../../netlink/dump-thread/dump-read-ahead.ts';
import { DestinationsRequest } from '../requests/index.ts';
import { IpvsCall } from '../requests/ipvs-call.ts';
import type { Context } from './context.ts';

/** Minimum number of services for which a thread is worth the time that it takes to start. */
const SERVICES_FOR_THREAD = 8192;

/** Reads the destinations of many services with a thread that is some services ahead of the decoder. */
export class DestinationReadAhead<Item> {
  readonly #dumps: DumpReadAhead;
  readonly #family: GenericFamily;
  readonly #decoder: DumpDecoder<Item>;
  readonly #cursor: RecordCursor;
  readonly #serviceCount: number;
  /** Index of the service whose destinations are requested next. */
  #next = 0;
  /** The requests that the thread has not answered, or whose replies have not been decoded, in order. */
  readonly #requests: DestinationsRequest<Item>[] = [];

  private constructor(
    dumps: DumpReadAhead,
    family: GenericFamily,
    decoder: DumpDecoder<Item>,
    services: ServiceRecords,
  ) {
    this.#dumps = dumps;
    this.#family = family;
    this.#decoder = decoder;
    this.#cursor = services.cursor();
    this.#serviceCount = services.length;
  }

  /** Starts the thread; returns `undefined` if there are too few services for it, or the transport offers no thread. */
  static start<Item>(
    { transport, statistics, minimumServicesForThread = SERVICES_FOR_THREAD }: Context,
    family: GenericFamily,
    decoder: DumpDecoder<Item>,
    services: ServiceRecords,
  ): DestinationReadAhead<Item> | undefined {
    if (services.length < minimumServicesForThread) return undefined;
    const socket = transport?.openForDumps?.();
    const dumps = socket && DumpReadAhead.start(socket, statistics);
    return dumps && new DestinationReadAhead(dumps, family, decoder, services);
  }

  /** Whether the thread has started. */
  get ready(): boolean {
    return this.#dumps.ready;
  }

  /**
   * Decodes the destinations of the service `index` into `item`, the decoder's result for this service, and returns
   * the request; `undefined` if they have to be read by other means: because the thread is still starting, or
   * because there are too many of them.
   * Each service must be read once, in order. Throws what `DumpReadAhead` throws.
   */
  read(index: number, item: Item): DestinationsRequest<Item> | undefined {
    if (!this.ready) return undefined;
    this.#next = Math.max(this.#next, index);
    this.#requestMore();
    const request = this.#requests.shift()!;
    request.begin(item);
    return this.#dumps.take() ? request : undefined;
  }

  #requestMore(): void {
    const count = Math.min(this.#dumps.free, this.#serviceCount - this.#next);
    if (count === 0) return;
    for (let left = count; left > 0; left--) {
      this.#cursor.moveTo(this.#next++);
      const request = new DestinationsRequest(this.#decoder, this.#cursor.service);
      this.#requests.push(request);
      this.#dumps.request(new IpvsCall(this.#family, request));
    }
    this.#dumps.send();
  }

  close(): void {
    this.#dumps.close();
  }
}
