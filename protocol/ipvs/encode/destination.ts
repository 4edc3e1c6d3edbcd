import { FieldError } from '../../netlink/index.ts';
import { parseAddress } from '../fields/address.ts';
import {
  type DestinationDefinition,
  type DestinationKey,
  destinationFields,
  tunnelFields,
} from '../fields/destination.ts';
import { namesOf } from '../fields/field.ts';
import { FAMILY_NUMBERS, type Family, TUNNEL_TYPE_NUMBERS } from '../fields/names.ts';
import { checkFieldNames, checkObject, checkOptionalName } from './checks.ts';
import { attributeValue, FieldEncoder } from './field-encoder.ts';
import { type DestinationValues, EMPTY_DESTINATION_VALUES } from './values.ts';

/** The fields that a destination may have, also if it was read. Only its key and settings are encoded. */
const FIELD_NAMES = new Set([...namesOf(destinationFields), 'counters']);
const TUNNEL_FIELD_NAMES = namesOf(tunnelFields);
/** Encodes the settings, and unknown attributes unchanged. */
const SETTINGS = new FieldEncoder('destination', destinationFields, 'setting', 'passthrough');
const TUNNEL = new FieldEncoder('destination.tunnel', tunnelFields);

/**
 * Returns the attributes of a destination's key. Throws a {@link FieldError} that names the field,
 * such as `destination.port`.
 */
export function destinationKeyValues(key: DestinationKey): DestinationValues {
  checkObject('destination', key);
  checkFieldNames('destination', key, FIELD_NAMES);
  const family = checkOptionalName('destination.family', key.family, FAMILY_NUMBERS) as Family | undefined;
  const address = parseAddress('destination.address', key.address, family);
  const port = attributeValue('destination.port', key.port, destinationFields.port.accepts) as number;
  return { address: address.bytes, family: FAMILY_NUMBERS[address.family], port };
}

/** Returns the attributes of a destination for NEW_DEST. Throws a {@link FieldError} that names the field. */
export function destinationValues(destination: DestinationDefinition): DestinationValues {
  const key = destinationKeyValues(destination);
  // One hidden class for all, as thousands of these are created at a time.
  const values = { ...EMPTY_DESTINATION_VALUES };
  values.address = key.address;
  values.family = key.family;
  values.port = key.port;
  SETTINGS.encode(destination, values);
  const { upperThreshold, lowerThreshold } = values;
  if (lowerThreshold! > upperThreshold!) {
    throw new FieldError(
      'destination.lowerThreshold',
      lowerThreshold,
      `must not be above the upper threshold (${upperThreshold})`,
    );
  }
  const { tunnel } = destination;
  if (tunnel !== undefined && tunnel !== null) encodeTunnel(tunnel, values);
  return values;
}

function encodeTunnel(tunnel: NonNullable<DestinationDefinition['tunnel']>, values: DestinationValues): void {
  checkObject('destination.tunnel', tunnel);
  checkFieldNames('destination.tunnel', tunnel, TUNNEL_FIELD_NAMES);
  TUNNEL.encode(tunnel, values);
  if (values.tunnelType === TUNNEL_TYPE_NUMBERS.gue && values.tunnelPort === 0)
    throw new FieldError('destination.tunnel.port', tunnel.port, 'must be given for gue');
}
