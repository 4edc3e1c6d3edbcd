import {
  FORWARDING_NUMBERS,
  MAX_INTERFACE_NAME,
  MAX_PERSISTENCE_ENGINE_NAME,
  MAX_SCHEDULER_NAME,
  PROTOCOL_NUMBERS,
  SCHEDULER_FLAG_BITS,
  TUNNEL_CHECKSUM_NUMBERS,
  TUNNEL_TYPE_NUMBERS,
} from '../../../protocol/ipvs/index.ts';

/** As much of JSON Schema as is used here. */
export type Schema = { readonly [keyword: string]: unknown };

function whole(minimum: number, maximum: number, description?: string): Schema {
  return { type: 'integer', minimum, maximum, ...(description === undefined ? {} : { description }) };
}

function nameOrNumber(names: Readonly<Record<string, number>>, maximum: number, description: string): Schema {
  return { oneOf: [{ enum: Object.keys(names) }, whole(0, maximum)], description };
}

function object(properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  return { type: 'object', properties, additionalProperties: false, ...more };
}

function text(description: string, maxLength?: number): Schema {
  return { type: 'string', minLength: 1, ...(maxLength === undefined ? {} : { maxLength }), description };
}

/** The same, or null for nothing. */
function orNull({ type, ...more }: Schema): Schema {
  return { type: [type, 'null'], ...more };
}

function objectOrNull(properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  return orNull(object(properties, more));
}

const family: Schema = {
  enum: ['ipv4', 'ipv6'],
  description: 'Address family; where there is an address it follows from that.',
};

const unknown: Schema = {
  type: 'array',
  description: 'Attributes without a name here, as the kernel gave them.',
  items: object(
    { type: whole(0, 65535), bytes: { type: 'string', pattern: '^([0-9a-fA-F]{2})*$' } },
    { required: ['type', 'bytes'] },
  ),
};

const persistence = objectOrNull(
  {
    timeout: whole(0, 4294967, 'Seconds for which a client is remembered.'),
    netmask: orNull(text('IPv4: the clients that count as one; default: 255.255.255.255.')),
    prefixLength: orNull(whole(1, 128, 'IPv6: the same as a prefix length; default: 128.')),
  },
  { required: ['timeout'], description: 'Connections of one client stay with one destination.' },
);

const tunnel = objectOrNull(
  {
    type: nameOrNumber(TUNNEL_TYPE_NUMBERS, 255, 'What packets are wrapped in; default: ipip.'),
    port: whole(0, 65535, 'UDP port of gue.'),
    checksum: nameOrNumber(TUNNEL_CHECKSUM_NUMBERS, 65535, 'Checksum of the outer header; default: nocsum.'),
  },
  { description: 'How packets are wrapped with the forwarding method tunnel.' },
);

const destination = object(
  {
    address: text('IPv4 or IPv6 address.'),
    port: whole(0, 65535),
    family,
    forwarding: nameOrNumber(
      FORWARDING_NUMBERS,
      7,
      'How packets reach it. A new destination needs one; one that is there keeps its own where this is left out.',
    ),
    weight: whole(0, 2147483647, '0 gets no new connections; default: 1.'),
    upperThreshold: whole(0, 4294967295, 'Above so many connections no new ones come; 0 for no limit.'),
    lowerThreshold: whole(0, 4294967295, 'Below so many connections new ones come again.'),
    tunnel,
    unknown,
  },
  { required: ['address', 'port'] },
);

const service = object(
  {
    protocol: nameOrNumber(PROTOCOL_NUMBERS, 255, 'Transport protocol.'),
    address: text('IPv4 or IPv6 address.'),
    port: whole(0, 65535, '0 for every port.'),
    mark: whole(1, 4294967295, 'Firewall mark, in place of protocol, address and port.'),
    family,
    scheduler: text('Such as rr, wlc, sh; none for a service without one.', MAX_SCHEDULER_NAME),
    persistence,
    onePacket: { type: 'boolean', description: 'Schedule every packet by itself (UDP).' },
    schedulerFlags: { type: 'array', items: { enum: Object.keys(SCHEDULER_FLAG_BITS) } },
    persistenceEngine: orNull(text('Such as sip.', MAX_PERSISTENCE_ENGINE_NAME)),
    otherFlags: whole(0, 4294967295, 'Flag bits without a name here.'),
    unknown,
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

const timeouts = object(
  {
    tcp: whole(0, 2147483647),
    tcpFin: whole(0, 2147483647, 'TCP connections after a FIN.'),
    udp: whole(0, 2147483647),
  },
  { description: 'Timeouts of connections, in seconds; 0, as what is left out, leaves one as it is.' },
);

const daemon = object(
  {
    role: { enum: ['master', 'backup'] },
    interface: text('Network interface.', MAX_INTERFACE_NAME),
    syncId: whole(0, 255, 'Group of daemons; 0 takes part in all.'),
    syncMaxLength: whole(0, 65535, 'Longest message in bytes; 0 lets the kernel choose.'),
    multicastGroup: text('Address that messages go to; default: 224.0.0.81.'),
    multicastPort: whole(0, 65535, 'UDP port; default: 8848.'),
    multicastTtl: whole(0, 255, 'Time to live; default: 1.'),
  },
  { required: ['role', 'interface', 'syncId'] },
);

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
  persistence: names(persistence),
  destination: names(destination),
  tunnel: names(tunnel),
  timeouts: names(timeouts),
  daemon: names(daemon),
  unknown: names(unknown.items as Schema),
};
