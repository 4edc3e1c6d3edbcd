import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { desiredFileOf, desiredStateSchema, parseDesiredServices } from '../../../../lib/index.ts';
import { connect, kernelWith, tables } from '../plan/tables.ts';

const validate = new Ajv2020({ strictRequired: false }).compile(desiredStateSchema);

test('the published schema file is the schema that is exported', () => {
  // Tests run compiled, five folders below the package.
  const published = new URL('../../../../../lib/ipvs/desired-file/schema.json', import.meta.url);
  if (process.env.UPDATE_SCHEMA === '1')
    writeFileSync(published, `${JSON.stringify(desiredStateSchema, null, 2)}\n`);
  const hint =
    'if the change is meant, run: npm run build && UPDATE_SCHEMA=1 node dist/test/lib/ipvs/desired-file/schema.test.js';
  assert.deepEqual(JSON.parse(readFileSync(published, 'utf8')), desiredStateSchema, hint);
});

test('every exported table is valid by the schema', () => {
  fc.assert(
    fc.property(tables, (table) => {
      const file = desiredFileOf(connect(kernelWith(table)).dump().services);
      assert.ok(validate(file), JSON.stringify(validate.errors));
    }),
    { numRuns: 40 },
  );
});

type Fields = Record<string, unknown>;

/** A file in which one field, found by its path, has this value. */
function fileWith(path: readonly string[], value: unknown, byMark: boolean): Fields {
  const destination: Fields = {
    address: '10.1.0.1',
    port: 80,
    upperThreshold: 4294967295,
    tunnel: { port: 1 },
  };
  const key: Fields = byMark ? { mark: 1 } : { protocol: 'tcp', address: '10.0.0.1', port: 80 };
  const service: Fields = {
    ...key,
    scheduler: 'rr',
    persistence: { timeout: 1 },
    destinations: [destination],
  };
  const daemon: Fields = { role: 'backup', interface: 'eth0', syncId: 1 };
  const root: Fields = { services: [service], timeouts: { tcp: 1 }, sysctls: {}, daemons: [daemon] };
  const objects: Readonly<Record<string, Fields>> = { root, service, destination, daemon };
  let object = objects[path[0]!]!;
  for (const name of path.slice(1, -1)) object = object[name] as Fields;
  if (value === undefined) delete object[path.at(-1)!];
  else object[path.at(-1)!] = value;
  return root;
}

type Properties = Readonly<Record<string, { readonly properties?: Properties }>>;

function paths(start: string, properties: Properties): string[][] {
  return Object.entries(properties).flatMap(([name, { properties: inner }]) => [
    [start, name],
    ...(inner === undefined ? [] : paths(start, inner).map(([, ...rest]) => [start, name, ...rest])),
  ]);
}

const defs = desiredStateSchema.$defs as Record<string, { readonly properties: Properties }>;
const fields = [
  ...paths('root', desiredStateSchema.properties as Properties),
  ...paths('service', defs.service!.properties),
  ...paths('destination', defs.destination!.properties),
  ...paths('daemon', defs.daemon!.properties),
];
const values = [
  ...[
    undefined,
    null,
    true,
    false,
    '',
    'x',
    [],
    {},
    [7],
    [{}],
    [{ type: 1, bytes: '0a' }],
    -1,
    0,
    1,
    2,
    3,
    7,
    8,
  ],
  ...[
    128, 129, 255, 256, 65535, 65536, 4294967, 4294968, 2147483647, 2147483648, 4294967295, 4294967296, 1.5,
  ],
  ...['tcp', 'masq', 'tunnel', 'gre', 'csum', 'ipv4', ['sh-port'], ['nonesuch'], 'sixteen-bytes-it'],
  ...['master', 'eth1', { tcp: 2, udp: 0 }, { tcpfin: 2 }, [{ role: 'master', interface: 'lo', syncId: 0 }]],
];
/** Fields that the parser checks more strictly than a schema can: addresses, and fields that depend on others. */
const stricter =
  /^(service|destination)\.(address|family|mark)$|netmask|prefixLength|otherFlags|lowerThreshold|upperThreshold|multicastGroup$/;

test('schema and parser accept and refuse the same files', async () => {
  assert.ok(fields.length > 25);
  let accepted = 0;
  let refused = 0;
  for (const path of fields) {
    for (const value of values) {
      for (const byMark of path[0] === 'service' ? [false, true] : [false]) {
        const file = fileWith(path, value, byMark);
        const valid = validate(file);
        const isParsed = await parseDesiredServices(JSON.stringify(file)).then(
          () => true,
          () => false,
        );
        const message = `${path.join('.')} = ${JSON.stringify(value)}: schema ${valid}, parser ${isParsed}`;
        if (stricter.test(path.join('.'))) assert.ok(valid || !isParsed, message);
        else assert.equal(isParsed, valid, message);
        if (isParsed) accepted++;
        else refused++;
      }
    }
  }
  assert.ok(accepted > 150 && refused > 800, `${accepted} ${refused}`);
});
