import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  desiredFileText,
  parseDesiredServices,
  parseDesiredState,
  readDesiredServices,
} from '../../../../lib/index.ts';
import { parseJson } from '../../../../lib/ipvs/desired-file/parse-json.ts';
import { connect, kernelWith, snapshot, tables } from '../plan/tables.ts';
import { errorsIn } from './errors-in.ts';

for (const format of ['json', 'yaml'] as const) {
  test(`a table that is exported as ${format} and applied elsewhere is the same table`, async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (table) => {
        const kernel = kernelWith(table);
        const ipvs = connect(kernel);
        const desired = await parseDesiredServices(await desiredFileText(ipvs.dump().services, format), {
          format,
        });
        assert.deepEqual(ipvs.plan(desired).operations, []);
        const other = kernelWith(desired);
        assert.deepEqual(snapshot(other), snapshot(kernel));
        const order = (from: typeof kernel) =>
          connect(from)
            .dump()
            .services.map(({ destinations }) =>
              destinations.map(({ address, port }) => `${address} ${port}`),
            );
        assert.deepEqual(order(other).sort(), order(kernel).sort());
      }),
      { numRuns: 40 },
    );
  });
}

test('unknown attributes and flags are written to a file and read back unchanged', async () => {
  const unknown = [{ type: 99, bytes: Uint8Array.of(0, 255, 16) }];
  const service = {
    mark: 7,
    family: 'ipv6' as const,
    scheduler: 'rr',
    otherFlags: 64,
    unknown,
    destinations: [{ address: '::1', port: 0, unknown }],
  };
  const [read] = await parseDesiredServices(await desiredFileText([service]));
  assert.deepEqual(read!.unknown, unknown);
  assert.deepEqual(read!.destinations[0]!.unknown, unknown);
  assert.equal(read!.otherFlags, 64);
});

const bad = `{
  "services": [
    { "protocol": "tcp", "address": "10.0.0.1", "port": 80, "scheduler": "rr",
      "colour": "red",
      "persistence": { "timeout": "long", "mask": 1 },
      "destinations": [
        { "address": "10.1.0.1", "port": 80 },
        { "address": "10.1.0.1", "port": 80,
          "weight": "heavy" },
        { "address": "2001:db8::1", "port": 80, "unknown": [{ "type": 1, "bytes": "abc" }], "forwarding": "masq" }
      ]
    },
    { "protocol": "tcp", "address": "10.0.0.1", "port": 80, "scheduler": "rr", "destinations": [] },
    { "mark": 0,
      "destinations": {} },
    null
  ]
}
`;

test('every error is listed with line, column and field', async () => {
  assert.deepEqual(await errorsIn(bad), [
    'f:4:7: services[0].colour is not a field; the names are name, protocol, address, port, mark, family, scheduler, persistence, onePacket, schedulerFlags, persistenceEngine, otherFlags, unknown, destinations',
    'f:5:24: services[0].persistence.timeout must be a whole number from 0 to 4294967, but is "long"',
    'f:5:43: services[0].persistence.mask is not a field; the names are timeout, netmask, prefixLength',
    'f:8:9: services[0].destinations[1] has the same key as destinations[0]: 10.1.0.1:80',
    'f:9:11: services[0].destinations[1].weight must be a whole number from 0 to 2147483647, but is "heavy"',
    "f:10:11: services[0].destinations[2].address must be of the service's family unless the forwarding method is tunnel",
    'f:10:74: services[0].destinations[2].unknown[0].bytes must be hexadecimal digits, two for each byte',
    'f:13:5: services[1] has the same key as services[0]: tcp 10.0.0.1:80',
    'f:14:5: services[2].scheduler is missing',
    'f:14:7: services[2].mark must be a whole number from 1 to 4294967295, but is 0',
    'f:15:7: services[2].destinations must be a list of destinations',
    'f:16:5: services[3] must be a service',
  ]);
});

test('the same errors are found in YAML at their lines', async () => {
  const text = `services:
  - protocol: tcp
    address: 10.0.0.1
    port: 70000
    scheduler: rr
    colour: red
    destinations:
      - address: 10.1.0.1
        port: 80
        weight: -1
`;
  assert.deepEqual(
    (await errorsIn(text, 'yaml')).map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['f:4:5: services[0].port', 'f:6:5: services[0].colour', 'f:10:9: services[0].destinations[0].weight'],
  );
  assert.match((await errorsIn('services:\n  - {a: 1\n', 'yaml'))[0]!, /^f:\d+:\d+: /);
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [${'*a, '.repeat(50)}]\nc: &c [${'*b, '.repeat(50)}]\nservices: [${'*c, '.repeat(50)}]\n`;
  assert.match((await errorsIn(bomb, 'yaml'))[0]!, /alias/);
});

test('a duplicate key and a second document are errors in YAML, too', async () => {
  assert.deepEqual(await errorsIn('services: []\nservices: []\n', 'yaml'), [
    'f:2:1: duplicate key "services"',
  ]);
  assert.deepEqual(await errorsIn('services: []\n---\nservices: []\n', 'yaml'), [
    'f:2:1: only one document is allowed',
  ]);
  assert.match((await errorsIn('', 'yaml'))[0]!, /^f:1:1: the file must hold an object/);
  assert.deepEqual(await parseDesiredServices('services: []\n', { format: 'yaml' }), []);
});

test('the syntax of JSON is checked strictly, and its errors have a line and a column', async () => {
  const cases: readonly (readonly [text: string, error: string])[] = [
    ['{"services": []', 'f:1:16: expected , or }, but the text ends'],
    ['{"services": [],}', 'f:1:17: expected an entry after the comma, but found "}"'],
    ['{\n"services": [1 2]}', 'f:2:16: expected , or ], but found "2"'],
    ['{"services": [], "services": []}', 'f:1:18: duplicate key "services"'],
    ['{"services": nul}', 'f:1:14: expected a value, but found "n"'],
    ['{"services": []} x', 'f:1:18: expected the end of the text, but found "x"'],
    ['{"a\nb": 1}', 'f:1:4: a string contains an unescaped control character'],
    ['{"\\x": 1}', 'f:1:2: a string contains an invalid escape'],
    ['', 'f:1:1: expected a value, but the text ends'],
    ['['.repeat(100), 'f:1:33: is nested deeper than 32 levels'],
    ['[]', 'f:1:1: the file must hold an object with a list of services'],
    ['{}', 'f:1:1: services is missing'],
    ['{"services": 1}', 'f:1:2: services must be a list of services'],
  ];
  for (const [text, error] of cases) assert.deepEqual(await errorsIn(text), [error]);
});

test('JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(0, 2), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent);
      const { value, errors } = parseJson(spaced);
      assert.deepEqual(errors, []);
      assert.deepEqual(value, JSON.parse(spaced));
    }),
  );
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '}', ',', '\\', '0', ' '),
      (text, at, inserted) => {
        const index = at % (text.length + 1);
        const broken = text.slice(0, index) + inserted + text.slice(index + 1);
        let parsed: unknown;
        try {
          parsed = JSON.parse(broken);
        } catch {
          const syntaxErrors = parseJson(broken).errors.filter(
            ({ problem }) => !/duplicate key/.test(problem),
          );
          assert.equal(syntaxErrors.length, 1);
          return;
        }
        const { value, errors } = parseJson(broken);
        if (errors.length === 0) assert.deepEqual(value, parsed);
        else assert.match(errors[0]!.problem, /duplicate key/);
      },
    ),
    { numRuns: 300 },
  );
});

test('the error of a misspelt field suggests the right name', async () => {
  const text =
    '{"services": [{"mark": 1, "scheduler": "rr", "destinations": [{"address": "::1", "port": 1, "weigth": 1}]}], "timeout": {}}';
  assert.deepEqual(
    (await errorsIn(text)).filter((line) => line.includes('is not a field')),
    [
      'f:1:93: services[0].destinations[0].weigth is not a field; did you mean weight?',
      'f:1:110: timeout is not a field; did you mean timeouts?',
    ],
  );
});

test('timeouts, daemons and sysctls are written and read back, and their errors have a line and a column', async () => {
  const settings = {
    timeouts: { tcp: 900, tcpFin: 120, udp: 300 },
    daemons: [{ role: 'master' as const, interface: 'eth0', syncId: 5, multicastTtl: 3 }],
    sysctls: { conntrack: 1, sync_threshold: [3, 50] as const, est_cpulist: '0-3,8' },
  };
  for (const format of ['json', 'yaml'] as const) {
    const text = await desiredFileText([], format, settings);
    assert.deepEqual(await parseDesiredState(text, { format }), { services: [], ...settings });
    assert.deepEqual(await parseDesiredServices(text, { format }), []);
  }
  const bad =
    '{"services": [], "timeouts": {"tcp": -1, "udp": "x", "fin": 1},\n"daemons": [{"role": "slave"}, 7, {"role": "slave", "interface": "lo", "syncId": 256}],\n"sysctls": {"sync_version": 2, "snat_rerout": 1}}';
  assert.deepEqual(await errorsIn(bad), [
    'f:1:31: timeouts.tcp must be a whole number from 0 to 2147483647, but is -1',
    'f:1:42: timeouts.udp must be a whole number from 0 to 2147483647, but is "x"',
    'f:1:54: timeouts.fin is not a field; the names are tcp, tcpFin, udp',
    'f:2:13: daemons[0].interface is missing',
    'f:2:13: daemons[0].syncId is missing',
    'f:2:14: daemons[0].role must be one of master, backup, but is "slave"',
    'f:2:32: daemons[1] must be a sync daemon',
    'f:2:35: daemons[2] is a second daemon with the role slave',
    'f:2:36: daemons[2].role must be one of master, backup, but is "slave"',
    'f:2:72: daemons[2].syncId must be a whole number from 0 to 255, but is 256',
    'f:3:13: sysctls.sync_version must be a whole number from 0 to 1, but is 2',
    'f:3:32: sysctls.snat_rerout is not a sysctl of IPVS; did you mean snat_reroute?',
  ]);
});

test('control characters in names are escaped in a file, and read back', async () => {
  const scheduler = 'r\x1b[2J\x9b\u202e\n-C';
  for (const format of ['json', 'yaml'] as const) {
    const text = await desiredFileText([{ mark: 1, scheduler, destinations: [] }], format);
    assert.match(text, /^[\n\x20-\x7e]+$/);
    assert.ok(!text.includes('\n-C'));
    const [read] = await parseDesiredServices(text, { format });
    assert.equal(read!.scheduler, scheduler);
  }
});

test('the format of a file without an extension is detected from its text', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'desired-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'desired');
  for (const text of [
    '{"services": []}',
    '\ufeff \n{"services": []}',
    'services: []\n',
    '# x\nservices: []\n',
  ]) {
    writeFileSync(path, text);
    assert.deepEqual(await readDesiredServices(path), []);
  }
  writeFileSync(`${path}.json`, 'services: []');
  await assert.rejects(readDesiredServices(`${path}.json`), /desired\.json:1:1: expected a value/);
  writeFileSync(path, `#${'x'.repeat(4 << 20)}`);
  await assert.rejects(readDesiredServices(path), /is longer than 4194304 bytes/);
});

test('names of services are not among their settings, but in a map by service key', async () => {
  const service = { scheduler: 'rr', destinations: [] };
  const file = (...names: readonly unknown[]): string =>
    JSON.stringify({
      services: names.map((name, index) => ({ name, ...service, mark: index + 1, family: 'ipv6' })),
    });
  const { services, names } = await parseDesiredState(file('web', undefined, 'web'));
  assert.deepEqual(
    [...names!],
    [
      ['mark 1 ipv6', 'web'],
      ['mark 3 ipv6', 'web'],
    ],
  );
  assert.ok(services.every((read) => !('name' in read)));
  assert.equal('names' in (await parseDesiredState(file(undefined))), false);
  for (const name of ['', 7, null, 'a\nb', 'x'.repeat(201)])
    await assert.rejects(parseDesiredState(file(name)), /services\[0\]\.name must be printable text/);
});
