import { genericPayload } from '../../protocol/genetlink/index.ts';
import { encodeDestinationNest, encodeServiceNest } from '../../protocol/ipvs/encode-nests.ts';
import {
  type CommandValues,
  type Daemon,
  type DaemonValues,
  type Destination,
  type DestinationDefinition,
  type DestinationKey,
  type DestinationUpdate,
  type DestinationValues,
  type DumpDecoder,
  daemonKeyValues,
  daemonValues,
  decodeDaemon,
  decodeService,
  destinationKeyText,
  destinationKeyValues,
  destinationUpdateValues,
  destinationValues,
  FORWARDING_NUMBERS,
  type Info,
  ipvsAttributes,
  ipvsCodec,
  ObjectDecoder,
  type Service,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceUpdate,
  type ServiceValues,
  type ServiceView,
  serviceKeyText,
  serviceKeyValues,
  serviceUpdateValues,
  serviceValues,
  type Timeouts,
  timeoutValues,
  versionText,
} from '../../protocol/ipvs/index.ts';
import {
  type ByteView,
  FieldError,
  type Message,
  type MessageWriter,
  NESTED,
  walkNest,
} from '../../protocol/netlink/index.ts';
import type { ModuleNames } from './explanations.ts';
import type { CommandName, IpvsRequest } from './ipvs-call.ts';

const SERVICE_NEST = ipvsAttributes.command.service[0];
const DESTINATION_NEST = ipvsAttributes.command.destination[0];
const DAEMON_NEST = ipvsAttributes.command.daemon[0];

function nothing(): void {}

/** A request that its ack alone answers. Thousands are made at a time, so its object's text waits until it is asked for. */
class WriteRequest implements IpvsRequest<void> {
  readonly command: CommandName;
  readonly dump = false;
  readonly sharesAck: boolean;
  readonly #values: CommandValues;
  readonly #object: () => string;

  constructor(command: CommandName, values: CommandValues, object: () => string, sharesAck = true) {
    this.command = command;
    this.sharesAck = sharesAck;
    this.#values = values;
    this.#object = object;
  }

  get object(): string {
    return this.#object();
  }

  get names(): ModuleNames | undefined {
    return this.#values.service;
  }

  encode(writer: MessageWriter): void {
    const { service, destination } = this.#values;
    if (service === undefined) ipvsCodec.encode('command', writer, this.#values);
    else encodeServiceNest(writer, service);
    if (destination !== undefined) encodeDestinationNest(writer, destination);
  }

  receive(): void {}

  result(): void {}

  restart(): void {}
}

function write(command: CommandName, values: CommandValues, object: () => string): IpvsRequest<void> {
  return new WriteRequest(command, values, object);
}

/**
 * A write that keeps its ack to itself: the kernel waits for threads in it, and answers nothing when
 * that is interrupted (`netlink_rcv_skb` on EINTR).
 */
function writeToDaemon(command: CommandName, daemon: DaemonValues, role: string): IpvsRequest<void> {
  return new WriteRequest(command, { daemon }, () => `${role} daemon`, false);
}

/** What a reading request is made of; `read` adds what one message holds to `items`. */
interface Reading<Item> {
  readonly command: CommandName;
  readonly object?: string;
  readonly dump: boolean;
  readonly encode?: (writer: MessageWriter) => void;
  readonly read: (view: ByteView, start: number, end: number, items: Item[]) => void;
}

function read<Item>(reading: Reading<Item>): IpvsRequest<Item[]> {
  let items: Item[] = [];
  return {
    command: reading.command,
    object: reading.object ?? '',
    dump: reading.dump,
    expectsReply: !reading.dump,
    encode: reading.encode ?? nothing,
    receive: (message) => reading.read(message.view, genericPayload(message), message.end, items),
    result: () => items,
    restart: () => {
      items = [];
    },
  };
}

/** GET_SERVICE as a dump: every service, without destinations. */
export function getServices(): IpvsRequest<Service[]> {
  const decoder = new ObjectDecoder();
  return readServices(true, '', nothing, (...nest) => decoder.service(...nest));
}

/** GET_SERVICE as a do: one service. */
export function getService(key: ServiceKey): IpvsRequest<Service[]> {
  const encode = encodeKey(key);
  return readServices(false, serviceObject(key), encode, decodeService);
}

function encodeKey(key: ServiceKey): (writer: MessageWriter) => void {
  const values = serviceKeyValues(key);
  return (writer) => encodeServiceNest(writer, values);
}

function readServices<Item>(
  dump: boolean,
  object: string,
  encode: (writer: MessageWriter) => void,
  decode: (view: ByteView, start: number, end: number) => Item,
): IpvsRequest<Item[]> {
  return read({
    command: 'GET_SERVICE',
    object,
    dump,
    encode,
    read: (view, start, end, services: Item[]) => {
      walkNest(view, start, end, SERVICE_NEST, (from, to) => services.push(decode(view, from, to)));
    },
  });
}

/** GET_DEST: the destinations of a service; none, and no error, where there is no such service. */
export function getDestinations(key: ServiceKey): IpvsRequest<Destination[]> {
  const encode = encodeKey(key);
  const decoder = new ObjectDecoder();
  const serviceFamily = key.family ?? (key.address?.includes(':') ? 'ipv6' : 'ipv4');
  return read({
    command: 'GET_DEST',
    object: serviceObject(key),
    dump: true,
    encode,
    read: (view, start, end, destinations: Destination[]) => {
      walkNest(view, start, end, DESTINATION_NEST, (from, to) => {
        destinations.push(decoder.destination(view, from, to, serviceFamily));
      });
    },
  });
}

/** GET_SERVICE_DEST: the single dump, of every service or of one, into `decoder`; it comes to `result`. */
export function getServicesWithDestinations<Result>(
  decoder: DumpDecoder<unknown>,
  result: () => Result,
  key?: ServiceKey,
): IpvsRequest<Result> {
  const values = key === undefined ? undefined : serviceKeyValues(key);
  const encode = (writer: MessageWriter): void => {
    // The kernel validates this command strictly: a nest without the flag is EINVAL (validate_nla).
    if (values !== undefined) encodeServiceNest(writer, values, NESTED);
  };
  return {
    ...intoDecoder('GET_SERVICE_DEST', key, true, encode, decoder),
    result: finished(decoder, result),
  };
}

/** GET_SERVICE: every service, or one, into `decoder`. */
export function getServicesInto(decoder: DumpDecoder<unknown>, key?: ServiceKey): IpvsRequest<void> {
  const encode = key === undefined ? nothing : encodeKey(key);
  return intoDecoder('GET_SERVICE', key, key === undefined, encode, decoder);
}

/**
 * GET_DEST: the destinations of a service that was read into `decoder`, which repeats none. Thousands are made at a
 * time. The view of the service must stay where it is until the request has ended.
 */
export class DestinationsRequest<Item> implements IpvsRequest<void> {
  readonly command = 'GET_DEST';
  readonly dump = true;
  /** Whether any came. */
  any = false;
  readonly #decoder: DumpDecoder<Item>;
  readonly #item: Item;
  readonly #service: ServiceView;

  constructor(decoder: DumpDecoder<Item>, item: Item, service: ServiceView) {
    this.#decoder = decoder;
    this.#item = item;
    this.#service = service;
    this.restart();
  }

  get object(): string {
    return serviceObject(this.#service.key);
  }

  encode(writer: MessageWriter): void {
    const nest = writer.beginAttribute(SERVICE_NEST);
    this.#service.writeKey(writer);
    writer.endAttribute(nest);
  }

  receive(message: Message): void {
    // Each part is made in one go, but the next one begins by count.
    if (message.offset === 0 && this.any) this.#decoder.mayRepeat(this.#item);
    this.any = true;
    this.#decoder.add(message);
  }

  result(): void {
    this.#decoder.finish();
  }

  restart(): void {
    this.any = false;
    this.#decoder.resume(this.#item, this.#service.family);
  }
}

function intoDecoder(
  command: CommandName,
  key: ServiceKey | undefined,
  dump: boolean,
  encode: (writer: MessageWriter) => void,
  decoder: DumpDecoder<unknown>,
): IpvsRequest<void> {
  return {
    command,
    object: key === undefined ? '' : serviceObject(key),
    dump,
    encode,
    receive: (message) => decoder.add(message),
    result: finished(decoder, nothing),
    restart: () => decoder.reset(),
  };
}

function finished<Result>(decoder: DumpDecoder<unknown>, result: () => Result): () => Result {
  return () => {
    decoder.finish();
    return result();
  };
}

/** NEW_SERVICE. Throws a FieldError. */
export function newService(service: ServiceDefinition): IpvsRequest<void> {
  return write('NEW_SERVICE', { service: serviceValues(service) }, () => serviceObject(service));
}

/** SET_SERVICE. Throws a FieldError. */
export function setService(service: ServiceUpdate): IpvsRequest<void> {
  return write('SET_SERVICE', { service: serviceUpdateValues(service) }, () => serviceObject(service));
}

/** DEL_SERVICE. Throws a FieldError. */
export function deleteService(key: ServiceKey): IpvsRequest<void> {
  return write('DEL_SERVICE', { service: serviceKeyValues(key) }, () => serviceObject(key));
}

/** NEW_DEST. Throws a FieldError. */
export function newDestination(key: ServiceKey, destination: DestinationDefinition): IpvsRequest<void> {
  const values = settings(key, destination, destinationValues(destination));
  return write('NEW_DEST', values, () => destinationObject(key, destination));
}

/** SET_DEST. Throws a FieldError. */
export function setDestination(key: ServiceKey, destination: DestinationUpdate): IpvsRequest<void> {
  const values = settings(key, destination, destinationUpdateValues(destination));
  return write('SET_DEST', values, () => destinationObject(key, destination));
}

/** DEL_DEST. Throws a FieldError. */
export function deleteDestination(key: ServiceKey, destination: DestinationKey): IpvsRequest<void> {
  const values = { service: serviceKeyValues(key), destination: destinationKeyValues(destination) };
  return write('DEL_DEST', values, () => destinationObject(key, destination));
}

function settings(
  key: ServiceKey,
  { address }: DestinationKey,
  destination: DestinationValues,
): { readonly service: ServiceValues; readonly destination: DestinationValues } {
  const service = serviceKeyValues(key);
  if (destination.family !== service.family && destination.forwarding !== FORWARDING_NUMBERS.tunnel) {
    throw new FieldError(
      'destination.address',
      address,
      "must be of the service's family unless the forwarding method is tunnel",
    );
  }
  return { service, destination };
}

/** ZERO: the counters of one service and its destinations, or of everything. Throws a FieldError. */
export function zero(key?: ServiceKey): IpvsRequest<void> {
  if (key === undefined) return write('ZERO', {}, everything);
  return write('ZERO', { service: serviceKeyValues(key) }, () => serviceObject(key));
}

/** FLUSH: removes every service. */
export function flush(): IpvsRequest<void> {
  return write('FLUSH', {}, everything);
}

/** GET_CONFIG. */
export function getTimeouts(): IpvsRequest<Timeouts[]> {
  return read({
    command: 'GET_CONFIG',
    dump: false,
    read: (view, start, end, timeouts: Timeouts[]) => {
      const { timeoutTcp, timeoutTcpFin, timeoutUdp } = ipvsCodec.decode('command', view, start, end);
      timeouts.push({ tcp: timeoutTcp, tcpFin: timeoutTcpFin, udp: timeoutUdp });
    },
  });
}

/** SET_CONFIG. Throws a FieldError. */
export function setTimeouts(timeouts: Timeouts): IpvsRequest<void> {
  return write('SET_CONFIG', timeoutValues(timeouts), () => 'timeouts');
}

/** GET_DAEMON. */
export function getDaemons(): IpvsRequest<Daemon[]> {
  return read({
    command: 'GET_DAEMON',
    dump: true,
    read: (view, start, end, daemons: Daemon[]) => {
      walkNest(view, start, end, DAEMON_NEST, (from, to) => daemons.push(decodeDaemon(view, from, to)));
    },
  });
}

/** NEW_DAEMON. Throws a FieldError. */
export function newDaemon(daemon: Daemon): IpvsRequest<void> {
  return writeToDaemon('NEW_DAEMON', daemonValues(daemon), daemon.role);
}

/** DEL_DAEMON. Throws a FieldError. */
export function deleteDaemon(key: Pick<Daemon, 'role' | 'syncId'>): IpvsRequest<void> {
  return writeToDaemon('DEL_DAEMON', daemonKeyValues(key), key.role);
}

/** GET_INFO. */
export function getInfo(): IpvsRequest<Info[]> {
  return read({
    command: 'GET_INFO',
    dump: false,
    read: (view, start, end, infos: Info[]) => {
      const { version = 0, connectionTableSize = 0, generation } = ipvsCodec.decode('info', view, start, end);
      infos.push({
        version: versionText(version),
        connectionTableSize,
        generation,
      });
    },
  });
}

function everything(): string {
  return 'all services';
}

function serviceObject(key: ServiceKey): string {
  return `service ${serviceKeyText(key)}`;
}

function destinationObject(key: ServiceKey, destination: DestinationKey): string {
  return `destination ${destinationKeyText(destination)} of service ${serviceKeyText(key)}`;
}
