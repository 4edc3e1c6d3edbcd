import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Daemon,
  type DestinationDefinition,
  daemonKeyValues,
  daemonValues,
  destinationKeyValues,
  destinationValues,
  FieldError,
  type ServiceDefinition,
  serviceKeyValues,
  serviceValues,
  timeoutValues,
} from '../../../protocol/index.ts';

const service = { protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' };
const service6 = { ...service, address: '2001:db8::1' };
const marked = { mark: 7, scheduler: 'rr' };
const destination = { address: '10.0.0.2', port: 80, forwarding: 'masq' } as const;
const daemon = { role: 'master', interface: 'eth0', syncId: 1 };
const notIntegers: readonly unknown[] = [
  null,
  Number.NaN,
  1.5,
  '80',
  80n,
  true,
  {},
  Number.POSITIVE_INFINITY,
];

/** Checks that encoding `base` with `change` throws a FieldError for `field`. */
function assertRefused(
  encode: (object: never) => unknown,
  base: object,
  change: object,
  field: string,
): void {
  const object = { ...base, ...change };
  assert.throws(
    () => encode(object as never),
    (error) => error instanceof FieldError && error.field === field && error.code === 'ERR_INVALID_FIELD',
    `${field}: ${Object.values(change).map(String).join()}`,
  );
}

test('the objects that the other tests change are valid', () => {
  serviceValues(service as ServiceDefinition);
  serviceValues(service6 as ServiceDefinition);
  serviceValues(marked);
  destinationValues(destination);
  daemonValues(daemon as Daemon);
});

test('invalid fields of services are refused', () => {
  const each = (base: object, field: string, values: readonly unknown[]): void => {
    for (const value of values) assertRefused(serviceValues, base, { [field]: value }, `service.${field}`);
  };
  each(service, 'address', ['10.0.0.256', '10.0.0.1/24', '', 'example.net', 5, null, undefined]);
  each(service, 'port', [70000, 65536, -1, undefined, ...notIntegers]);
  each(service, 'protocol', ['icmp', '', 'TCP', -1, 256, 1.5, null, undefined, 'toString']);
  each(service, 'family', ['inet', null, 2]);
  assertRefused(serviceValues, service, { family: 'ipv6' }, 'service.address');
  assertRefused(serviceValues, service6, { family: 'ipv4' }, 'service.address');
  each(service, 'scheduler', ['', 's'.repeat(16), 's'.repeat(40), 'ä'.repeat(8), 'r\0r', null, 5, undefined]);
  each(service, 'persistenceEngine', ['', 'p'.repeat(16), 5]);
  each(service, 'onePacket', [1, 'yes', null]);
  each(service, 'schedulerFlags', ['flag-1', null, ['flag-4'], [1], ['__proto__'], {}]);
  each(service, 'otherFlags', [-1, 2 ** 32, 1, 2, 63, ...notIntegers]);
  each(marked, 'mark', [0, -1, 2 ** 32, ...notIntegers]);
  each(marked, 'address', ['10.0.0.1']);
  each(marked, 'port', [80]);
  each(marked, 'protocol', ['tcp']);
  each(service, 'persistence', [300, true]);
  each(service, 'unknown', [null, 300, {}]);
});

test('malformed entries of `unknown` are refused', () => {
  const bytes = new Uint8Array(1);
  const each = (entry: unknown, field: string): void => {
    assertRefused(
      serviceValues,
      service,
      { unknown: [{ type: 99, bytes }, entry] },
      `service.unknown[1]${field}`,
    );
    assertRefused(destinationValues, destination, { unknown: [entry] }, `destination.unknown[0]${field}`);
  };
  for (const type of [-1, 65536, ...notIntegers]) each({ type, bytes }, '.type');
  for (const wrong of [null, [1], 'text', new Uint8Array(65532)]) each({ type: 99, bytes: wrong }, '.bytes');
  for (const wrong of [null, 5, 'text']) each(wrong, '');
});

test('invalid fields of persistence are refused', () => {
  const each = (base: object, field: string, values: readonly unknown[]): void => {
    for (const value of values) {
      const persistence = { timeout: 300, [field]: value };
      assertRefused(serviceValues, base, { persistence }, `service.persistence.${field}`);
    }
  };
  each(service, 'timeout', [-1, 4294968, undefined, ...notIntegers]);
  each(service, 'netmask', ['255.255.255', '::', 24, '']);
  each(service, 'prefixLength', [24, 128]);
  each(service6, 'netmask', ['255.255.255.0']);
  each(service6, 'prefixLength', [0, -1, 129, ...notIntegers.slice(1)]);
});

test('invalid fields of destinations are refused', () => {
  const each = (field: string, values: readonly unknown[]): void => {
    for (const value of values)
      assertRefused(destinationValues, destination, { [field]: value }, `destination.${field}`);
  };
  each('address', ['10.0.0', '::1%lo', null, undefined, 7]);
  each('family', ['inet6', null, 10]);
  assertRefused(destinationValues, destination, { family: 'ipv6' }, 'destination.address');
  each('port', [70000, -1, undefined, ...notIntegers]);
  each('weight', [-1, 2 ** 31, ...notIntegers]);
  each('upperThreshold', [-1, 2 ** 32, ...notIntegers]);
  each('lowerThreshold', [-1, 1, 2 ** 32, ...notIntegers]);
  each('forwarding', ['nat', 8, -1, null, undefined, '']);
  each('tunnel', ['gue', 5]);
});

test('invalid fields of tunnels are refused', () => {
  const each = (base: object, field: string, values: readonly unknown[]): void => {
    for (const value of values) {
      const change = { forwarding: 'tunnel', tunnel: { ...base, [field]: value } };
      assertRefused(destinationValues, destination, change, `destination.tunnel.${field}`);
    }
  };
  each({ type: 'gue' }, 'port', [undefined, 0, 65536, -1, ...notIntegers]);
  each({}, 'type', ['vxlan', 256, null]);
  each({}, 'checksum', ['sum', 65536, null]);
});

test('invalid fields of daemons and timeouts are refused', () => {
  const each = (field: string, values: readonly unknown[]): void => {
    for (const value of values) assertRefused(daemonValues, daemon, { [field]: value }, `daemon.${field}`);
  };
  each('role', ['slave', null, undefined, 1]);
  each('interface', ['', 'i'.repeat(16), null, undefined]);
  each('syncId', [-1, 256, undefined, ...notIntegers]);
  each('syncMaxLength', [-1, 65536, ...notIntegers]);
  each('multicastGroup', ['224.0.0', null, 5]);
  each('multicastPort', [-1, 65536, ...notIntegers]);
  each('multicastTtl', [-1, 256, ...notIntegers]);
  assertRefused(daemonKeyValues, { role: 'master' }, { syncId: 256 }, 'daemon.syncId');
  assertRefused(daemonKeyValues, { syncId: 1 }, { role: 'both' }, 'daemon.role');
  for (const field of ['tcp', 'tcpFin', 'udp'])
    for (const value of [-1, 2 ** 31, ...notIntegers])
      assertRefused(timeoutValues, {}, { [field]: value }, `timeouts.${field}`);
});

test('values that are not objects are refused', () => {
  for (const wrong of [null, undefined, 5, 'tcp 10.0.0.1:80']) {
    const named = (field: string) => ({ name: 'FieldError', field });
    assert.throws(() => serviceValues(wrong as unknown as ServiceDefinition), named('service'));
    assert.throws(() => serviceKeyValues(wrong as unknown as ServiceDefinition), named('service'));
    assert.throws(() => destinationValues(wrong as unknown as DestinationDefinition), named('destination'));
    assert.throws(
      () => destinationKeyValues(wrong as unknown as DestinationDefinition),
      named('destination'),
    );
    assert.throws(() => daemonValues(wrong as unknown as Daemon), named('daemon'));
    assert.throws(() => timeoutValues(wrong as never), named('timeouts'));
  }
});

test('the message quotes the invalid value, shortened', () => {
  assert.throws(
    () => serviceValues({ ...marked, scheduler: 's'.repeat(1000) }),
    (error) => {
      assert.ok(error instanceof FieldError && error.message.length < 200);
      assert.match(error.message, /s{20}/);
      return true;
    },
  );
});
