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

function object(properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  return { type: 'object', properties, additionalProperties: false, ...more };
}

function whole(minimum: number, maximum: number): Schema {
  return { type: 'integer', minimum, maximum };
}

const unknown: Schema = object(
  { type: whole(0, 65535), bytes: { type: 'string', pattern: '^([0-9a-fA-F]{2})*$' } },
  { required: ['type', 'bytes'] },
);

/** The schema of a field. */
function valueSchema({ value }: Field): Schema {
  switch (value.kind) {
    case 'integer':
      return whole(value.minimum, value.maximum);
    case 'name':
      return { enum: Object.keys(value.names) };
    case 'name-or-number':
      return { oneOf: [{ enum: Object.keys(value.names) }, whole(0, value.maximum)] };
    case 'names':
      return { type: 'array', items: { enum: Object.keys(value.names) } };
    case 'boolean':
      return { type: 'boolean' };
    case 'text':
      return { type: 'string', minLength: 1, maxLength: value.maximum };
    case 'address':
      return { type: 'string', minLength: 1 };
    case 'attributes':
      return { type: 'array', items: unknown };
    case 'object': {
      const required = fieldsOf(value.fields, 'setting').filter(isRequired);
      const properties = propertiesOf(value.fields);
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

/** The fields that a file may have: all but the kernel's own state. */
function propertiesOf(fields: Fields): Readonly<Record<string, Schema>> {
  const written = fieldsOf(fields, 'identity', 'setting', 'passthrough');
  return Object.fromEntries(written.map((field) => [field.name, fieldSchema(field)]));
}

const destination = object(propertiesOf(destinationFields), { required: ['address', 'port'] });

/** Characters that the name of a service may have. */
export const MAXIMUM_NAME = 200;

const service = object(
  {
    name: {
      type: 'string',
      minLength: 1,
      maxLength: MAXIMUM_NAME,
      description: 'What people call the service, in metrics. The kernel does not know it.',
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
  description: 'Timeouts of connections, in seconds; 0, as what is left out, leaves one as it is.',
});

const daemon = object(propertiesOf(daemonFields), {
  required: fieldsOf(daemonFields)
    .filter(isRequired)
    .map(({ name }) => name),
});

/** The JSON Schema of a desired state's file; published as `schema.json` beside this module. */
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
        description: 'Every sync daemon that is to run; where this is left out they stay as they are.',
      },
    },
    { required: ['services'] },
  ),
  $defs: { service, destination, daemon },
};

const names = (schema: Schema): ReadonlySet<string> => new Set(Object.keys(schema.properties as Schema));

/** The fields that each object of the file may have: those of the schema. */
export const FIELDS: {
  readonly [Name in
    | 'root'
    | 'service'
    | 'persistence'
    | 'destination'
    | 'tunnel'
    | 'timeouts'
    | 'daemon'
    | 'unknown']: ReadonlySet<string>;
} = {
  root: names(desiredStateSchema),
  service: names(service),
  persistence: namesOf(persistenceFields),
  destination: names(destination),
  tunnel: namesOf(tunnelFields),
  timeouts: names(timeouts),
  daemon: names(daemon),
  unknown: names(unknown),
};
