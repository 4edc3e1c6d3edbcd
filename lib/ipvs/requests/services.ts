import {
  decodeService,
  ipvsAttributes,
  ObjectDecoder,
  type Service,
  type ServiceDefinition,
  type ServiceKey,
  type ServiceUpdate,
  serviceKeyValues,
  serviceUpdateValues,
  serviceValues,
} from '../../../protocol/ipvs/index.ts';
import { type ByteView, type MessageWriter, walkAttributesOfType } from '../../../protocol/netlink/index.ts';
import type { IpvsRequest } from './ipvs-call.ts';
import { encodeKey, encodeNothing, nameOfService, readRequest, WriteRequest } from './request.ts';

const SERVICE_NEST = ipvsAttributes.command.service[0];
/** The object of ZERO and FLUSH without a service, for error messages. */
const ALL = 'all services';

/** GET_SERVICE as a dump: every service, without destinations. */
export function getServices(): IpvsRequest<Service[]> {
  const decoder = new ObjectDecoder();
  return readServices(true, '', encodeNothing, (...nest) => decoder.service(...nest));
}

/** GET_SERVICE as a do: one service. */
export function getService(key: ServiceKey): IpvsRequest<Service[]> {
  const encode = encodeKey(key);
  return readServices(false, nameOfService(key), encode, decodeService);
}

function readServices<Item>(
  dump: boolean,
  object: string,
  encode: (writer: MessageWriter) => void,
  decode: (view: ByteView, start: number, end: number) => Item,
): IpvsRequest<Item[]> {
  return readRequest({
    command: 'GET_SERVICE',
    object,
    dump,
    encode,
    decode: (view, start, end, services: Item[]) => {
      walkAttributesOfType(view, start, end, SERVICE_NEST, (from, to) =>
        services.push(decode(view, from, to)),
      );
    },
  });
}

/** NEW_SERVICE. Throws a FieldError. */
export function newService(service: ServiceDefinition): IpvsRequest<void> {
  return new WriteRequest('NEW_SERVICE', { service: serviceValues(service) }, () => nameOfService(service));
}

/** SET_SERVICE. Throws a FieldError. */
export function setService(service: ServiceUpdate): IpvsRequest<void> {
  const values = { service: serviceUpdateValues(service) };
  return new WriteRequest('SET_SERVICE', values, () => nameOfService(service));
}

/** DEL_SERVICE. Throws a FieldError. */
export function deleteService(key: ServiceKey): IpvsRequest<void> {
  return new WriteRequest('DEL_SERVICE', { service: serviceKeyValues(key) }, () => nameOfService(key));
}

/** ZERO: zeroes the counters of one service and its destinations, or of all. Throws a FieldError. */
export function zero(key?: ServiceKey): IpvsRequest<void> {
  if (key === undefined) return new WriteRequest('ZERO', {}, () => ALL);
  return new WriteRequest('ZERO', { service: serviceKeyValues(key) }, () => nameOfService(key));
}

/** FLUSH: removes every service. */
export function flush(): IpvsRequest<void> {
  return new WriteRequest('FLUSH', {}, () => ALL);
}
