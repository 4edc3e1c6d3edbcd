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
  parseDesiredState,
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

/** A value of a field, and the settings that must go with it. */
interface Sample {
  readonly value: unknown;
  readonly others: Readonly<Record<string, unknown>>;
  /** Whether an option of the command line can say it. */
  readonly isSayable: boolean;
}

/** What goes with a field's values, where the kernel asks for it. */
const COMPANIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  lowerThreshold: { upperThreshold: 0x7fffffff },
  tunnel: { forwarding: 'tunnel' },
};
function isSayable({ name, value: takes, options = [] }: NamedField, value: unknown): boolean {
  if (takes.kind === 'object') {
    const { port, type, checksum } = value as Readonly<Record<string, unknown>>;
    if (name === 'persistence') return Number((value as { readonly timeout: number }).timeout) <= 2678400;
    return type === 'gue' && port !== 0 && checksum !== undefined;
  }
  if (options.length === 0) return false;
  const fixed = options.filter(({ sets }) => sets !== undefined).map(({ sets }) => sets);
  return fixed.length === 0 || fixed.includes(value as string);
}

function samplesOf(fields: Fields): (readonly [field: NamedField, sample: Sample])[] {
  return fieldsOf(fields, 'setting').flatMap((field) =>
    valuesOf(field).map((value) => {
      const others = COMPANIONS[field.name] ?? {};
      return [field, { value, others, isSayable: isSayable(field, value) }] as const;
    }),
  );
}

const SERVICE = { protocol: 'udp', address: '192.0.2.1', port: 53 } as const;
const DESTINATION = { address: '198.51.100.7', port: 53 } as const;
const PLAIN_SERVICE = { ...SERVICE, scheduler: 'rr' };
const PLAIN_DESTINATION = { ...DESTINATION, forwarding: 'masq' } as const;

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

/** One kind of object: how it is written, and where it is read. */
interface Subject {
  readonly fields: Fields;
  readonly plain: object;
  /** The encoded and decoded object. */
  readonly decoded: (definition: object) => object;
  /** Makes a table with the one object. */
  readonly fill: (ipvs: IpvsSync, definition: object) => void;
  readonly update: (ipvs: IpvsSync, definition: object) => void;
  readonly patch: (ipvs: IpvsSync, changes: object) => void;
  readonly wanted: (definition: object) => Parameters<typeof plan>[1];
  /** The object of a table, and as a cursor shows it. */
  readonly read: (ipvs: IpvsSync) => object;
  readonly readRecord: (ipvs: IpvsSync) => object;
}

function encoded(encode: (writer: MessageWriter) => void): [view: ByteView, start: number, end: number] {
  const writer = new MessageWriter(1024);
  encode(writer);
  const bytes = writer.copy();
  // Behind the header of the nest.
  return [new ByteView(bytes), 4, bytes.length];
}

const service: Subject = {
  fields: serviceFields,
  plain: PLAIN_SERVICE,
  decoded: (definition) =>
    decodeService(
      ...encoded((writer) => encodeServiceNest(writer, serviceValues(definition as ServiceDefinition))),
    ),
  fill: (ipvs, definition) => ipvs.addService(definition as ServiceDefinition),
  update: (ipvs, definition) => ipvs.updateService(definition as ServiceUpdate),
  patch: (ipvs, changes) => ipvs.patchService(SERVICE, changes),
  wanted: (definition) => [{ ...(definition as ServiceDefinition), destinations: [] }],
  read: (ipvs) => ipvs.dump().services[0]!,
  readRecord: (ipvs) => {
    const cursor = ipvs.records().services.cursor();
    cursor.nextService();
    return cursor.service;
  },
};

const destination: Subject = {
  fields: destinationFields,
  plain: PLAIN_DESTINATION,
  decoded: (definition) =>
    decodeDestination(
      ...encoded((writer) =>
        encodeDestinationNest(writer, destinationValues(definition as DestinationDefinition)),
      ),
      'ipv4',
    ),
  fill: (ipvs, definition) => {
    ipvs.addService(PLAIN_SERVICE);
    ipvs.addDestination(SERVICE, definition as DestinationDefinition);
  },
  update: (ipvs, definition) => ipvs.updateDestination(SERVICE, definition as DestinationUpdate),
  patch: (ipvs, changes) => ipvs.patchDestination(SERVICE, DESTINATION, changes),
  wanted: (definition) => [{ ...PLAIN_SERVICE, destinations: [definition as DestinationDefinition] }],
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

for (const [kind, subject] of Object.entries({ service, destination })) {
  const { fields, plain } = subject;
  const written = (object: object): Values =>
    Object.fromEntries(fieldsOf(fields, 'setting').map(({ name }) => [name, (object as Values)[name]]));

  describe(`the fields of a ${kind}`, () => {
    it('are all that is read, and all of them are', () => {
      const fake = kernel();
      const ipvs = connect(fake);
      subject.fill(ipvs, plain);
      const others = new Set(['destinations', 'counters', 'mark']);
      const own = Object.keys(subject.read(ipvs)).filter((name) => !others.has(name));
      assert.deepEqual(
        own.toSorted(),
        Object.keys(fields)
          .filter((name) => !others.has(name))
          .toSorted(),
      );
    });

    it('stand in the manual page with their options', () => {
      assert.deepEqual(optionsMissingInManual(fields), []);
    });

    it('must all be given to an update, and what may be nothing as null', () => {
      const ipvs = connect(kernel());
      subject.fill(ipvs, plain);
      const whole = { ...plain, ...written(subject.read(ipvs)) };
      for (const field of fieldsOf(fields, 'setting')) {
        const { [field.name]: _, ...rest } = whole as Values;
        assert.throws(
          () => subject.update(ipvs, rest),
          (error: FieldError) => error.field === `${kind}.${field.name}`,
          field.name,
        );
        if (mayBeNull(field)) subject.update(ipvs, { ...whole, [field.name]: null });
      }
      subject.update(ipvs, whole);
    });

    for (const [field, { value, others, isSayable: sayable }] of samplesOf(fields)) {
      const { name } = field;
      const isRequired = field.default === undefined;
      describe(`${name} ${JSON.stringify(value)}`, () => {
        const without = { ...plain, ...others };
        const definition = { ...without, [name]: value };
        const filled = (): readonly [FakeKernel, IpvsSync] => {
          const fake = kernel();
          const ipvs = connect(fake);
          subject.fill(ipvs, definition);
          return [fake, ipvs];
        };

        it('comes back from the bytes', () => {
          assert.deepEqual((subject.decoded(definition) as Values)[name], value);
        });

        it('comes back from a kernel, as an object, a record, JSON and what is printed', () => {
          const [, ipvs] = filled();
          const read = subject.read(ipvs) as Values;
          assert.deepEqual(read[name], value);
          assert.deepEqual((subject.readRecord(ipvs) as Values)[name], value);
          assert.deepEqual(JSON.parse(JSON.stringify(read))[name], value);
          assert.ok(name in structuredClone(read));
        });

        it('is changed alone', () => {
          const ipvs = connect(kernel());
          subject.fill(ipvs, without);
          const before = written(subject.read(ipvs));
          subject.patch(ipvs, { [name]: value });
          const after = written(subject.read(ipvs));
          // Whether a tunnel is read follows from the forwarding method.
          const tunnel = name === 'forwarding' ? after.tunnel : before.tunnel;
          assert.deepEqual(after, { ...before, ...('tunnel' in fields ? { tunnel } : {}), [name]: value });
        });

        it('differs from what is plain, and is made so', () => {
          const ipvs = connect(kernel());
          subject.fill(ipvs, without);
          const before = (subject.read(ipvs) as Values)[name];
          const made = ipvs.plan(subject.wanted(definition));
          const named = JSON.stringify(made.differences).includes(`"field":"${name}`);
          const same = JSON.stringify(before) === JSON.stringify(value);
          assert.equal(named, !same, JSON.stringify(made.differences));
          ipvs.apply(made);
          assert.deepEqual((subject.read(ipvs) as Values)[name], value);
          assert.deepEqual(ipvs.plan(subject.wanted(definition)).operations, []);
          // Left out, it goes back to its default.
          const back = ipvs.plan(subject.wanted(without));
          assert.equal(back.operations.length, same ? 0 : 1);
          if (!isRequired) {
            const left = ipvs.plan(subject.wanted(without), { absent: 'leave' });
            assert.deepEqual(left.operations, []);
          }
        });

        it('comes back from a file', async () => {
          const [, ipvs] = filled();
          for (const format of ['json', 'yaml'] as const) {
            const { services } = ipvs.dump();
            const text = await desiredFileText(services, format);
            if (format === 'json')
              assert.ok(isValidFile(JSON.parse(text)), JSON.stringify(isValidFile.errors));
            const desired = await parseDesiredState(text, { format });
            assert.deepEqual(plan(services, desired).operations, []);
            const other = connect(kernel());
            other.apply(other.plan(desired));
            assert.deepEqual(written(subject.read(other)), written(subject.read(ipvs)));
          }
        });

        if (!sayable) return;
        it('comes back from saved rules', async () => {
          const [fake, ipvs] = filled();
          const { output } = await runIpvs(fake, '-Sn');
          const other = kernel();
          const { errors, status } = await runIpvs(other, '-R', { input: output });
          assert.deepEqual({ errors, status }, { errors: '', status: 0 });
          assert.deepEqual(written(subject.read(connect(other))), written(subject.read(ipvs)), output);
        });
      });
    }
  });
}
