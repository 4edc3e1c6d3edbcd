import { FieldError } from '../../netlink/index.ts';
import { parseAddress, type WireAddress } from '../fields/address.ts';
import { MAX_WEIGHT } from '../fields/constants.ts';
import { DESTINATION_DEFAULTS } from '../fields/defaults.ts';
import { DESTINATION_NAMES, TUNNEL_NAMES } from '../fields/field-names.ts';
import {
  FAMILY_NUMBERS,
  type Family,
  FORWARDING_NUMBERS,
  TUNNEL_CHECKSUM_NUMBERS,
  TUNNEL_TYPE_NUMBERS,
} from '../fields/names.ts';
import type { DestinationDefinition, DestinationKey } from '../fields/types.ts';
import { checkNames, integer, numberOrName, object, optionalName, unknownAttributes } from './checks.ts';
import type { DestinationValues } from './values.ts';

const MAX_PORT = 65535;

/**
 * The identifying attributes of a destination. Throws a {@link FieldError} that names the field,
 * such as `destination.port`.
 */
export function destinationKeyValues(key: DestinationKey): DestinationValues {
  object('destination', key);
  checkNames('destination', key, DESTINATION_NAMES);
  const family = optionalName('destination.family', key.family, FAMILY_NUMBERS) as Family | undefined;
  const address: WireAddress = parseAddress('destination.address', key.address, family);
  return {
    address: address.bytes,
    family: FAMILY_NUMBERS[address.family],
    port: integer('destination.port', key.port, 0, MAX_PORT),
  };
}

/**
 * All attributes that NEW_DEST and SET_DEST need. Throws a {@link FieldError} that names the field.
 */
export function destinationValues(destination: DestinationDefinition): DestinationValues {
  const key = destinationKeyValues(destination);
  const {
    forwarding,
    weight = DESTINATION_DEFAULTS.weight,
    upperThreshold = DESTINATION_DEFAULTS.upperThreshold,
    lowerThreshold = DESTINATION_DEFAULTS.lowerThreshold,
    tunnel,
  } = destination;
  const upper = integer('destination.upperThreshold', upperThreshold, 0, 0xffffffff);
  const lower = integer('destination.lowerThreshold', lowerThreshold, 0, 0xffffffff);
  if (lower > upper) {
    throw new FieldError(
      'destination.lowerThreshold',
      lower,
      `must not be above the upper threshold (${upper})`,
    );
  }
  const wrapped = tunnel === undefined || tunnel === null ? undefined : tunnelValues(tunnel);
  return {
    address: key.address,
    family: key.family,
    port: key.port,
    forwarding: numberOrName('destination.forwarding', forwarding, FORWARDING_NUMBERS, 7),
    weight: integer('destination.weight', weight, 0, MAX_WEIGHT),
    upperThreshold: upper,
    lowerThreshold: lower,
    tunnelType: wrapped?.tunnelType,
    tunnelPort: wrapped?.tunnelPort,
    tunnelFlags: wrapped?.tunnelFlags,
    unknown: unknownAttributes('destination.unknown', destination.unknown),
  };
}

function tunnelValues(tunnel: NonNullable<DestinationDefinition['tunnel']>): DestinationValues {
  object('destination.tunnel', tunnel);
  checkNames('destination.tunnel', tunnel, TUNNEL_NAMES);
  const { type = 'ipip', port = 0, checksum = 'nocsum' } = tunnel;
  const tunnelType = numberOrName('destination.tunnel.type', type, TUNNEL_TYPE_NUMBERS, 0xff);
  const gue = tunnelType === TUNNEL_TYPE_NUMBERS.gue;
  const tunnelPort = integer('destination.tunnel.port', port, 0, MAX_PORT);
  if (gue && tunnelPort === 0) throw new FieldError('destination.tunnel.port', port, 'must be given for gue');
  return {
    tunnelType,
    tunnelPort,
    tunnelFlags: numberOrName('destination.tunnel.checksum', checksum, TUNNEL_CHECKSUM_NUMBERS, 0xffff),
  };
}
