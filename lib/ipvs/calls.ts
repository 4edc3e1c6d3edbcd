import { GENERIC_HEADER_LENGTH, type GenericFamily, genericPayload } from '../../protocol/genetlink/index.ts';
import {
  Command,
  type CommandValues,
  copyServiceKey,
  type Daemon,
  type Destination,
  type DestinationDefinition,
  type DestinationKey,
  type DestinationValues,
  daemonKeyValues,
  daemonValues,
  decodeDaemon,
  decodeDestination,
  decodeService,
  destinationKeyText,
  destinationKeyValues,
  destinationValues,
  FAMILY_VERSION,
  FORWARDING_NUMBERS,
  type Info,
  ipvsAttributes,
  ipvsCodec,
  type Service,
  type ServiceAssembler,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceValues,
  serviceKeyText,
  serviceKeyValues,
  serviceValues,
  type Timeouts,
  timeoutValues,
  walkNest,
} from '../../protocol/ipvs/index.ts';
import {
  type ByteView,
  FieldError,
  HEADER_LENGTH,
  type Message,
  type MessageWriter,
  ByteView as View,
} from '../../protocol/netlink/index.ts';
import type { Call } from '../call.ts';
import { hintFor } from './hints.ts';

type CommandName = keyof typeof Command;

const SERVICE_NEST = ipvsAttributes.command.service[0];
const DESTINATION_NEST = ipvsAttributes.command.destination[0];
const DAEMON_NEST = ipvsAttributes.command.daemon[0];

/** What makes one request differ from another. */
interface Request<Result> {
  readonly command: CommandName;
  readonly object: string;
  readonly dump: boolean;
  readonly retainsBytes: boolean;
  readonly encode: (writer: MessageWriter) => void;
  readonly receive: (message: Message) => void;
  readonly result: () => Result;
  readonly restart: () => void;
}

/** A request to the IPVS family. */
class IpvsCall<Result> implements Call<Result> {
  readonly type: number;
  readonly command: CommandName;
  readonly object: string;
  readonly dump: boolean;
  readonly retainsBytes: boolean;
  readonly receive: (message: Message) => void;
  readonly result: () => Result;
  readonly restart: () => void;
  readonly #encode: (writer: MessageWriter) => void;

  constructor(family: GenericFamily, request: Request<Result>) {
    this.type = family.id;
    this.command = request.command;
    this.object = request.object;
    this.dump = request.dump;
    this.retainsBytes = request.retainsBytes;
    this.receive = request.receive;
    this.result = request.result;
    this.restart = request.restart;
    this.#encode = request.encode;
  }

  encode(writer: MessageWriter): void {
    writer.u8(Command[this.command]);
    writer.u8(FAMILY_VERSION);
    writer.u16(0);
    this.#encode(writer);
  }

  attributePath(request: Uint8Array, offset: number): string | undefined {
    const start = HEADER_LENGTH + GENERIC_HEADER_LENGTH;
    return ipvsCodec.pathAt('command', new View(request), start, request.length, offset);
  }

  hint(errno: number): string | undefined {
    return hintFor(this.command, errno);
  }
}

function nothing(): void {}

/** A request that its ack alone answers. */
function write(
  family: GenericFamily,
  command: CommandName,
  values: CommandValues,
  object: string,
): Call<void> {
  return new IpvsCall(family, {
    command,
    object,
    dump: false,
    retainsBytes: false,
    encode: (writer) => ipvsCodec.encode('command', writer, values),
    receive: nothing,
    result: nothing,
    restart: nothing,
  });
}

/** What a reading request is made of; `read` adds what one message holds to `items`. */
interface Reading<Item> {
  readonly command: CommandName;
  readonly object?: string;
  readonly dump: boolean;
  /** Whether items refer to the received bytes (they have counters). */
  readonly retainsBytes: boolean;
  readonly encode?: (writer: MessageWriter) => void;
  readonly read: (view: ByteView, start: number, end: number, items: Item[]) => void;
}

function read<Item>(family: GenericFamily, reading: Reading<Item>): Call<Item[]> {
  let items: Item[] = [];
  return new IpvsCall(family, {
    command: reading.command,
    object: reading.object ?? '',
    dump: reading.dump,
    retainsBytes: reading.retainsBytes,
    encode: reading.encode ?? nothing,
    receive: (message) => reading.read(message.view, genericPayload(message), message.end, items),
    result: () => items,
    restart: () => {
      items = [];
    },
  });
}

/** A service that was read, with the bytes that it was read from. */
export interface ReceivedService {
  readonly service: Service;
  readonly view: ByteView;
  readonly start: number;
  readonly end: number;
}

/** GET_SERVICE as a dump: every service, and where its bytes lie for requests that are about it. */
export function getServices(family: GenericFamily): Call<ReceivedService[]> {
  return read(family, {
    command: 'GET_SERVICE',
    dump: true,
    retainsBytes: true,
    read: (view, start, end, services: ReceivedService[]) => {
      walkNest(view, start, end, SERVICE_NEST, (from, to) => {
        services.push({ service: decodeService(view, from, to), view, start: from, end: to });
      });
    },
  });
}

/** GET_SERVICE as a do: one service. */
export function getService(family: GenericFamily, key: ServiceKey): Call<Service[]> {
  const values = { service: serviceKeyValues(key) };
  return read(family, {
    command: 'GET_SERVICE',
    object: serviceObject(key),
    dump: false,
    retainsBytes: true,
    encode: (writer) => ipvsCodec.encode('command', writer, values),
    read: (view, start, end, services: Service[]) => {
      walkNest(view, start, end, SERVICE_NEST, (from, to) => services.push(decodeService(view, from, to)));
    },
  });
}

/** GET_DEST: the destinations of a service; none, and no error, where there is no such service. */
export function getDestinations(family: GenericFamily, key: ServiceKey): Call<Destination[]> {
  const values = { service: serviceKeyValues(key) };
  const serviceFamily = key.family ?? (key.address?.includes(':') ? 'ipv6' : 'ipv4');
  return readDestinations(family, serviceObject(key), serviceFamily, (writer) =>
    ipvsCodec.encode('command', writer, values),
  );
}

/** GET_DEST about a service that was just read. */
export function getDestinationsOf(family: GenericFamily, of: ReceivedService): Call<Destination[]> {
  const { service, view, start, end } = of;
  return readDestinations(family, serviceObject(service), service.family, (writer) => {
    const nest = writer.beginAttribute(SERVICE_NEST);
    copyServiceKey(view, start, end, writer);
    writer.endAttribute(nest);
  });
}

function readDestinations(
  family: GenericFamily,
  object: string,
  serviceFamily: Service['family'],
  encode: (writer: MessageWriter) => void,
): Call<Destination[]> {
  return read(family, {
    command: 'GET_DEST',
    object,
    dump: true,
    retainsBytes: true,
    encode,
    read: (view, start, end, destinations: Destination[]) => {
      walkNest(view, start, end, DESTINATION_NEST, (from, to) => {
        destinations.push(decodeDestination(view, from, to, serviceFamily));
      });
    },
  });
}

/**
 * GET_SERVICE_DEST: the single dump, of every service or of one. Replies go into `assembler`, from
 * which they are taken as they become complete.
 */
export function getServicesWithDestinations(
  family: GenericFamily,
  assembler: ServiceAssembler,
  key?: ServiceKey,
): Call<void> {
  const values = key === undefined ? {} : { service: serviceKeyValues(key) };
  return new IpvsCall(family, {
    command: 'GET_SERVICE_DEST',
    object: key === undefined ? '' : serviceObject(key),
    dump: true,
    retainsBytes: true,
    encode: (writer) => ipvsCodec.encode('command', writer, values),
    receive: (message) => assembler.add(message),
    result: nothing,
    restart: () => assembler.reset(),
  });
}

/** NEW_SERVICE. Throws a FieldError. */
export function newService(family: GenericFamily, service: ServiceDefinition): Call<void> {
  return write(family, 'NEW_SERVICE', { service: serviceValues(service) }, serviceObject(service));
}

/** SET_SERVICE. Throws a FieldError. */
export function setService(family: GenericFamily, service: ServiceDefinition): Call<void> {
  return write(family, 'SET_SERVICE', { service: serviceValues(service) }, serviceObject(service));
}

/** DEL_SERVICE. Throws a FieldError. */
export function deleteService(family: GenericFamily, key: ServiceKey): Call<void> {
  return write(family, 'DEL_SERVICE', { service: serviceKeyValues(key) }, serviceObject(key));
}

/** NEW_DEST. Throws a FieldError. */
export function newDestination(
  family: GenericFamily,
  key: ServiceKey,
  destination: DestinationDefinition,
): Call<void> {
  return write(family, 'NEW_DEST', settings(key, destination), destinationObject(key, destination));
}

/** SET_DEST. Throws a FieldError. */
export function setDestination(
  family: GenericFamily,
  key: ServiceKey,
  destination: DestinationDefinition,
): Call<void> {
  return write(family, 'SET_DEST', settings(key, destination), destinationObject(key, destination));
}

/** DEL_DEST. Throws a FieldError. */
export function deleteDestination(
  family: GenericFamily,
  key: ServiceKey,
  destination: DestinationKey,
): Call<void> {
  const values = { service: serviceKeyValues(key), destination: destinationKeyValues(destination) };
  return write(family, 'DEL_DEST', values, destinationObject(key, destination));
}

function settings(
  key: ServiceKey,
  definition: DestinationDefinition,
): { readonly service: ServiceValues; readonly destination: DestinationValues } {
  const service = serviceKeyValues(key);
  const destination = destinationValues(definition);
  if (destination.family !== service.family && destination.forwarding !== FORWARDING_NUMBERS.tunnel) {
    throw new FieldError(
      'destination.address',
      definition.address,
      "must be of the service's family unless the forwarding method is tunnel",
    );
  }
  return { service, destination };
}

/** ZERO: the counters of one service and its destinations, or of everything. Throws a FieldError. */
export function zero(family: GenericFamily, key?: ServiceKey): Call<void> {
  if (key === undefined) return write(family, 'ZERO', {}, 'all services');
  return write(family, 'ZERO', { service: serviceKeyValues(key) }, serviceObject(key));
}

/** FLUSH: removes every service. */
export function flush(family: GenericFamily): Call<void> {
  return write(family, 'FLUSH', {}, 'all services');
}

/** GET_CONFIG. */
export function getTimeouts(family: GenericFamily): Call<Timeouts[]> {
  return read(family, {
    command: 'GET_CONFIG',
    dump: false,
    retainsBytes: false,
    read: (view, start, end, timeouts: Timeouts[]) => {
      const { timeoutTcp, timeoutTcpFin, timeoutUdp } = ipvsCodec.decode('command', view, start, end);
      timeouts.push({ tcp: timeoutTcp, tcpFin: timeoutTcpFin, udp: timeoutUdp });
    },
  });
}

/** SET_CONFIG. Throws a FieldError. */
export function setTimeouts(family: GenericFamily, timeouts: Timeouts): Call<void> {
  return write(family, 'SET_CONFIG', timeoutValues(timeouts), 'timeouts');
}

/** GET_DAEMON. */
export function getDaemons(family: GenericFamily): Call<Daemon[]> {
  return read(family, {
    command: 'GET_DAEMON',
    dump: true,
    retainsBytes: false,
    read: (view, start, end, daemons: Daemon[]) => {
      walkNest(view, start, end, DAEMON_NEST, (from, to) => daemons.push(decodeDaemon(view, from, to)));
    },
  });
}

/** NEW_DAEMON. Throws a FieldError. */
export function newDaemon(family: GenericFamily, daemon: Daemon): Call<void> {
  return write(family, 'NEW_DAEMON', { daemon: daemonValues(daemon) }, `${daemon.role} daemon`);
}

/** DEL_DAEMON. Throws a FieldError. */
export function deleteDaemon(family: GenericFamily, key: Pick<Daemon, 'role' | 'syncId'>): Call<void> {
  return write(family, 'DEL_DAEMON', { daemon: daemonKeyValues(key) }, `${key.role} daemon`);
}

/** GET_INFO. */
export function getInfo(family: GenericFamily): Call<Info[]> {
  return read(family, {
    command: 'GET_INFO',
    dump: false,
    retainsBytes: false,
    read: (view, start, end, infos: Info[]) => {
      const { version = 0, connectionTableSize = 0 } = ipvsCodec.decode('info', view, start, end);
      infos.push({
        version: `${(version >> 16) & 0xff}.${(version >> 8) & 0xff}.${version & 0xff}`,
        connectionTableSize,
      });
    },
  });
}

function serviceObject(key: ServiceKey): string {
  return `service ${serviceKeyText(key)}`;
}

function destinationObject(key: ServiceKey, destination: DestinationKey): string {
  return `destination ${destinationKeyText(destination)} of service ${serviceKeyText(key)}`;
}
