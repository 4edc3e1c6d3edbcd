import { PROCESSOR_LIST, type SysctlField, sysctlFields } from '../../../protocol/ipvs/fields/sysctls.ts';
import {
  daemonFields,
  destinationFields,
  type Field,
  type Fields,
  fieldsOf,
  mayBeNull,
  namesOf,
  persistenceFields,
  serviceFields,
  timeoutFields,
  tunnelFields,
} from '../../../protocol/ipvs/index.ts';

/** A JSON Schema. */
export type Schema = { readonly [keyword: string]: unknown };

function object(properties: Readonly<Record<string, Schema>>, keywords: Schema = {}): Schema {
  return { type: 'object', properties, additionalProperties: false, ...keywords };
}

function integer(minimum: number, maximum: number): Schema {
  return { type: 'integer', minimum, maximum };
}

/** The schema of an unknown attribute. */
const unknownAttribute: Schema = object(
  { type: integer(0, 65535), bytes: { type: 'string', pattern: '^([0-9a-fA-F]{2})*$' } },
  { required: ['type', 'bytes'] },
);

/** Returns the schema of a field's value. */
function valueSchema({ accepts }: Field): Schema {
  switch (accepts.kind) {
    case 'integer':
      return integer(accepts.minimum, accepts.maximum);
    case 'enum':
      return { enum: Object.keys(accepts.values) };
    case 'enum-or-number':
      return { oneOf: [{ enum: Object.keys(accepts.values) }, integer(0, accepts.maximum)] };
    case 'flags':
      return { type: 'array', items: { enum: Object.keys(accepts.values) } };
    case 'boolean':
      return { type: 'boolean' };
    case 'text':
      return { type: 'string', minLength: 1, maxLength: accepts.maximum };
    case 'address':
      return { type: 'string', minLength: 1 };
    case 'attributes':
      return { type: 'array', items: unknownAttribute };
    case 'object': {
      const required = fieldsOf(accepts.fields, 'setting').filter(isRequired);
      const properties = propertiesOf(accepts.fields);
      return object(properties, required.length === 0 ? {} : { required: required.map(({ name }) => name) });
    }
  }
}

function isRequired(field: Field): boolean {
  return field.default === undefined && field.optional === undefined;
}

function fieldSchema(field: Field): Schema {
  const { type, ...rest } = valueSchema(field);
  const { description } = field;
  return {
    ...(type === undefined ? {} : { type: mayBeNull(field) ? [type, 'null'] : type }),
    ...rest,
    ...(description === undefined ? {} : { description }),
  };
}

/** Returns the schemas of the fields that a file may have: all but those that only the kernel sets. */
function propertiesOf(fields: Fields): Readonly<Record<string, Schema>> {
  const fileFields = fieldsOf(fields, 'key', 'setting', 'passthrough');
  return Object.fromEntries(fileFields.map((field) => [field.name, fieldSchema(field)]));
}

const destination = object(propertiesOf(destinationFields), { required: ['address', 'port'] });

/** Maximum length of the name of a service, in characters. */
export const MAXIMUM_NAME = 200;

const service = object(
  {
    name: {
      type: 'string',
      minLength: 1,
      maxLength: MAXIMUM_NAME,
      description: 'Name of the service in metrics. The kernel does not store it.',
    },
    ...propertiesOf(serviceFields),
    destinations: { type: 'array', items: { $ref: '#/$defs/destination' } },
  },
  {
    required: ['scheduler', 'destinations'],
    oneOf: [
      { required: ['protocol', 'address', 'port'], not: { required: ['mark'] } },
      {
        required: ['mark'],
        not: { anyOf: [{ required: ['protocol'] }, { required: ['address'] }, { required: ['port'] }] },
      },
    ],
  },
);

const timeouts = object(propertiesOf(timeoutFields), {
  description: 'Timeouts of connections, in seconds; a timeout that is 0 or left out is not changed.',
});

const daemon = object(propertiesOf(daemonFields), {
  required: fieldsOf(daemonFields)
    .filter(isRequired)
    .map(({ name }) => name),
});

/** Returns the schema of a sysctl. */
function sysctlSchema(field: SysctlField): Schema {
  if (field.kind === 'processors') return { type: 'string', pattern: PROCESSOR_LIST };
  const number = integer(field.minimum, field.maximum);
  if (field.kind === 'pair') return { type: 'array', items: number, minItems: 2, maxItems: 2 };
  return field.only === undefined ? number : { enum: field.only };
}

const sysctls = object(
  Object.fromEntries(Object.entries(sysctlFields).map(([name, field]) => [name, sysctlSchema(field)])),
  { description: 'Sysctls of IPVS (net.ipv4.vs), by name; those left out are not changed.' },
);

/** The JSON Schema of desired-state files, published as `ipvs-netlink/schema.json`. */
export const desiredStateSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'IPVS services with their destinations',
  ...object(
    {
      $schema: { type: 'string' },
      services: { type: 'array', items: { $ref: '#/$defs/service' } },
      timeouts,
      daemons: {
        type: 'array',
        items: { $ref: '#/$defs/daemon' },
        description: 'All sync daemons that are to run; if this is left out, daemons are not changed.',
      },
      sysctls,
    },
    { required: ['services'] },
  ),
  $defs: { service, destination, daemon },
};

const names = (schema: Schema): ReadonlySet<string> => new Set(Object.keys(schema.properties as Schema));

/** The fields that each object in the file may have, by the schema. */
export const FIELDS: Readonly<
  Record<'root' | 'service' | 'persistence' | 'destination' | 'tunnel' | 'unknown', ReadonlySet<string>>
> = {
  root: names(desiredStateSchema),
  service: names(service),
  persistence: namesOf(persistenceFields),
  destination: names(destination),
  tunnel: namesOf(tunnelFields),
  unknown: names(unknownAttribute),
};
