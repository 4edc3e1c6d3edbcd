import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  type DestinationDefinition,
  type DestinationUpdate,
  desiredFileText,
  desiredStateSchema,
  type FieldError,
  IpvsSync,
  parseDesiredServices,
  plan,
  type ServiceDefinition,
  type ServiceUpdate,
} from '../../lib/index.ts';
import { FakeKernel } from '../../lib/testing/index.ts';
import {
  ByteView,
  decodeDestination,
  decodeService,
  destinationFields,
  destinationValues,
  type Fields,
  fieldsOf,
  MessageWriter,
  mayBeNull,
  type NamedField,
  serviceFields,
  serviceValues,
} from '../../protocol/index.ts';
import { encodeDestinationNest, encodeServiceNest } from '../../protocol/ipvs/encode/nests.ts';
import { runIpvs } from '../lib/cli/run-ipvs.ts';
import { optionsMissingInManual } from './manual.ts';
import { NAMES, valuesOf } from './values.ts';

/** A test value of a field, and the settings that must go with it. */
interface Sample {
  readonly value: unknown;
  readonly others: Readonly<Record<string, unknown>>;
  /** Whether command-line options can express it. */
  readonly isExpressible: boolean;
}

/** Settings without which a kernel refuses or ignores the values of a field. */
const REQUIRED_SETTINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  lowerThreshold: { upperThreshold: 0x7fffffff },
  tunnel: { forwarding: 'tunnel' },
};

function isExpressible({ name, accepts, options = [] }: NamedField, value: unknown): boolean {
  if (accepts.kind === 'object') {
    const { port, type, checksum } = value as Readonly<Record<string, unknown>>;
    if (name === 'persistence') return Number((value as { readonly timeout: number }).timeout) <= 2678400;
    return type === 'gue' && port !== 0 && checksum !== undefined;
  }
  if (options.length === 0) return false;
  const fixed = options.flatMap(({ impliedValue }) => impliedValue ?? []);
  return fixed.length === 0 || fixed.includes(value as string);
}

function samplesOf(fields: Fields): (readonly [field: NamedField, sample: Sample])[] {
  return fieldsOf(fields, 'setting').flatMap((field) =>
    valuesOf(field).map((value) => {
      const others = REQUIRED_SETTINGS[field.name] ?? {};
      return [field, { value, others, isExpressible: isExpressible(field, value) }] as const;
    }),
  );
}

const SERVICE = { protocol: 'udp', address: '192.0.2.1', port: 53 } as const;
const DESTINATION = { address: '198.51.100.7', port: 53 } as const;
const MINIMAL_SERVICE = { ...SERVICE, scheduler: 'rr' };
const MINIMAL_DESTINATION = { ...DESTINATION, forwarding: 'masq' } as const;

function kernel(): FakeKernel {
  const fake = new FakeKernel({ singleDump: 'nested' });
  for (const name of NAMES) {
    fake.state.environment.schedulers.add(name);
    fake.state.environment.persistenceEngines.add(name);
  }
  return fake;
}

function connect(fake: FakeKernel): IpvsSync {
  return IpvsSync.open({ transport: fake.connect() });
}

/** A service or a destination: how it is written and read. */
interface Subject {
  readonly fields: Fields;
  /** The required fields only. */
  readonly minimal: object;
  /** Encodes and decodes the object. */
  readonly decoded: (definition: object) => object;
  /** Adds the object to an empty table. */
  readonly fill: (ipvs: IpvsSync, definition: object) => void;
  readonly update: (ipvs: IpvsSync, definition: object) => void;
  readonly patch: (ipvs: IpvsSync, changes: object) => void;
  /** Returns the desired state with only this object. */
  readonly desiredState: (definition: object) => Parameters<typeof plan>[1];
  /** Reads the object from the table. */
  readonly read: (ipvs: IpvsSync) => object;
  /** Reads the object with a cursor. */
  readonly readRecord: (ipvs: IpvsSync) => object;
}

function encoded(encode: (writer: MessageWriter) => void): [view: ByteView, start: number, end: number] {
  const writer = new MessageWriter(1024);
  encode(writer);
  const bytes = writer.copy();
  // After the header of the nest.
  return [new ByteView(bytes), 4, bytes.length];
}

const service: Subject = {
  fields: serviceFields,
  minimal: MINIMAL_SERVICE,
  decoded: (definition) =>
    decodeService(
      ...encoded((writer) => encodeServiceNest(writer, serviceValues(definition as ServiceDefinition))),
    ),
  fill: (ipvs, definition) => ipvs.addService(definition as ServiceDefinition),
  update: (ipvs, definition) => ipvs.updateService(definition as ServiceUpdate),
  patch: (ipvs, changes) => ipvs.patchService(SERVICE, changes),
  desiredState: (definition) => [{ ...(definition as ServiceDefinition), destinations: [] }],
  read: (ipvs) => ipvs.dump().services[0]!,
  readRecord: (ipvs) => {
    const cursor = ipvs.records().services.cursor();
    cursor.nextService();
    return cursor.service;
  },
};

const destination: Subject = {
  fields: destinationFields,
  minimal: MINIMAL_DESTINATION,
  decoded: (definition) =>
    decodeDestination(
      ...encoded((writer) =>
        encodeDestinationNest(writer, destinationValues(definition as DestinationDefinition)),
      ),
      'ipv4',
    ),
  fill: (ipvs, definition) => {
    ipvs.addService(MINIMAL_SERVICE);
    ipvs.addDestination(SERVICE, definition as DestinationDefinition);
  },
  update: (ipvs, definition) => ipvs.updateDestination(SERVICE, definition as DestinationUpdate),
  patch: (ipvs, changes) => ipvs.patchDestination(SERVICE, DESTINATION, changes),
  desiredState: (definition) => [{ ...MINIMAL_SERVICE, destinations: [definition as DestinationDefinition] }],
  read: (ipvs) => ipvs.dump().services[0]!.destinations[0]!,
  readRecord: (ipvs) => {
    const cursor = ipvs.records().services.cursor();
    cursor.nextService();
    cursor.nextDestination();
    return cursor.destination;
  },
};

type Values = Readonly<Record<string, unknown>>;

const isValidFile = new Ajv2020({ strictRequired: false }).compile(desiredStateSchema);

for (const [subjectName, subject] of Object.entries({ service, destination })) {
  const { fields, minimal } = subject;
  const settings = (object: object): Values =>
    Object.fromEntries(fieldsOf(fields, 'setting').map(({ name }) => [name, (object as Values)[name]]));

  describe(`the fields of a ${subjectName}`, () => {
    it('are exactly the properties that are read', () => {
      const fake = kernel();
      const ipvs = connect(fake);
      subject.fill(ipvs, minimal);
      const others = new Set(['destinations', 'counters', 'mark']);
      const own = Object.keys(subject.read(ipvs)).filter((name) => !others.has(name));
      assert.deepEqual(
        own.toSorted(),
        Object.keys(fields)
          .filter((name) => !others.has(name))
          .toSorted(),
      );
    });

    it('are in the manual page with their options', () => {
      assert.deepEqual(optionsMissingInManual(fields), []);
    });

    it('are all required in an update; null unsets those that may be absent', () => {
      const ipvs = connect(kernel());
      subject.fill(ipvs, minimal);
      const complete = { ...minimal, ...settings(subject.read(ipvs)) };
      for (const field of fieldsOf(fields, 'setting')) {
        const { [field.name]: _, ...rest } = complete as Values;
        assert.throws(
          () => subject.update(ipvs, rest),
          (error: FieldError) => error.field === `${subjectName}.${field.name}`,
          field.name,
        );
        if (mayBeNull(field)) subject.update(ipvs, { ...complete, [field.name]: null });
      }
      subject.update(ipvs, complete);
    });

    for (const [field, { value, others, isExpressible: expressible }] of samplesOf(fields)) {
      const { name } = field;
      const isRequired = field.default === undefined;
      describe(`${name} ${JSON.stringify(value)}`, () => {
        const without = { ...minimal, ...others };
        const definition = { ...without, [name]: value };
        const kernelWithIt = (): readonly [FakeKernel, IpvsSync] => {
          const fake = kernel();
          const ipvs = connect(fake);
          subject.fill(ipvs, definition);
          return [fake, ipvs];
        };

        it('is the same after encoding and decoding', () => {
          assert.deepEqual((subject.decoded(definition) as Values)[name], value);
        });

        it('is read from a kernel as it was written, as an object and a record, in JSON and in clones', () => {
          const [, ipvs] = kernelWithIt();
          const read = subject.read(ipvs) as Values;
          assert.deepEqual(read[name], value);
          assert.deepEqual((subject.readRecord(ipvs) as Values)[name], value);
          assert.deepEqual(JSON.parse(JSON.stringify(read))[name], value);
          assert.ok(name in structuredClone(read));
        });

        it('is changed without changing other settings', () => {
          const ipvs = connect(kernel());
          subject.fill(ipvs, without);
          const before = settings(subject.read(ipvs));
          subject.patch(ipvs, { [name]: value });
          const after = settings(subject.read(ipvs));
          // Whether a tunnel is read follows from the forwarding method.
          const tunnel = name === 'forwarding' ? after.tunnel : before.tunnel;
          assert.deepEqual(after, { ...before, ...('tunnel' in fields ? { tunnel } : {}), [name]: value });
        });

        it('is planned and applied where the table has another value', () => {
          const ipvs = connect(kernel());
          subject.fill(ipvs, without);
          const before = (subject.read(ipvs) as Values)[name];
          const planned = ipvs.plan(subject.desiredState(definition));
          const named = JSON.stringify(planned.differences).includes(`"field":"${name}`);
          const same = JSON.stringify(before) === JSON.stringify(value);
          assert.equal(named, !same, JSON.stringify(planned.differences));
          ipvs.apply(planned);
          assert.deepEqual((subject.read(ipvs) as Values)[name], value);
          assert.deepEqual(ipvs.plan(subject.desiredState(definition)).operations, []);
          // If left out, it goes back to its default.
          const back = ipvs.plan(subject.desiredState(without));
          assert.equal(back.operations.length, same ? 0 : 1);
          if (!isRequired) {
            const left = ipvs.plan(subject.desiredState(without), { absent: 'leave' });
            assert.deepEqual(left.operations, []);
          }
        });

        it('is read from a desired-state file as it was written', async () => {
          const [, ipvs] = kernelWithIt();
          for (const format of ['json', 'yaml'] as const) {
            const { services } = ipvs.dump();
            const text = await desiredFileText(services, format);
            if (format === 'json')
              assert.ok(isValidFile(JSON.parse(text)), JSON.stringify(isValidFile.errors));
            const desired = await parseDesiredServices(text, { format });
            assert.deepEqual(plan(services, desired).operations, []);
            const other = connect(kernel());
            other.apply(other.plan(desired));
            assert.deepEqual(settings(subject.read(other)), settings(subject.read(ipvs)));
          }
        });

        if (!expressible) return;
        it('is read from saved rules as it was written', async () => {
          const [fake, ipvs] = kernelWithIt();
          const { output } = await runIpvs(fake, '-Sn');
          const other = kernel();
          const { errors, status } = await runIpvs(other, '-R', { input: output });
          assert.deepEqual({ errors, status }, { errors: '', status: 0 });
          assert.deepEqual(settings(subject.read(connect(other))), settings(subject.read(ipvs)), output);
        });
      });
    }
  });
}
