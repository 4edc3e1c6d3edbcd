import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  type Daemon,
  type DesiredState,
  desiredFileText,
  desiredStateSchema,
  IpvsSync,
  parseDesiredState,
  type Timeouts,
} from '../../lib/index.ts';
import { FakeKernel } from '../../lib/testing/index.ts';
import { daemonFields, type Fields, fieldsOf, type NamedField, timeoutFields } from '../../protocol/index.ts';
import { runIpvs } from '../lib/cli/run-ipvs.ts';
import { optionsMissingInManual } from './manual.ts';
import { NAMES, valuesOf } from './values.ts';

type Values = Readonly<Record<string, unknown>>;

/** Settings that must go with the values of a field: the default of `syncMaxLength` depends on the group's family. */
const REQUIRED_SETTINGS: Readonly<Record<string, Values>> = { multicastGroup: { syncMaxLength: 1400 } };

/** A daemon or the timeouts: how they are set, planned and read. */
interface Subject {
  readonly fields: Fields;
  /** The required fields only. */
  readonly minimal: Values;
  /** Test values of fields for which a kernel refuses those of `valuesOf`. */
  readonly values: Readonly<Record<string, readonly unknown[]>>;
  readonly set: (ipvs: IpvsSync, definition: Values) => void;
  readonly read: (ipvs: IpvsSync) => Values;
  /** Returns the desired state that has this daemon or these timeouts, and no service. */
  readonly desiredState: (definition: Values) => DesiredState;
}

function daemon(role: Daemon['role']): Subject {
  const desiredState = (definition: Values): DesiredState => ({
    services: [],
    daemons: [definition as unknown as Daemon],
  });
  return {
    fields: daemonFields,
    minimal: { role, interface: 'eth0', syncId: 1 },
    values: {
      multicastGroup: ['239.1.2.3', 'ff02::81'],
      // The minimum for a backup.
      syncMaxLength: [1024, 65507],
    },
    set: (ipvs, definition) => ipvs.startDaemon(definition as unknown as Daemon),
    read: (ipvs) => ipvs.daemons()[0] as unknown as Values,
    desiredState,
  };
}

const timeouts: Subject = {
  fields: timeoutFields,
  minimal: {},
  // The kernel converts seconds to jiffies, so its maximum is lower than that of the field.
  values: { tcp: [1, 86_400], tcpFin: [1, 86_400], udp: [1, 86_400] },
  set: (ipvs, definition) => ipvs.setTimeouts(definition as Timeouts),
  read: (ipvs) => ipvs.timeouts() as Values,
  desiredState: (definition) => ({ services: [], timeouts: definition as Timeouts }),
};

function kernel(): FakeKernel {
  const fake = new FakeKernel();
  for (const name of NAMES) fake.state.environment.interfaces.set(name, 1500);
  return fake;
}

function connect(fake: FakeKernel): IpvsSync {
  return IpvsSync.open({ transport: fake.connect() });
}

/** Returns the names of the fields that a plan changes. */
function plannedFields(ipvs: IpvsSync, desired: DesiredState): string[] {
  return ipvs.plan(desired).settings.flatMap(({ fields }) => fields.map(({ field }) => field));
}

const isValidFile = new Ajv2020({ strictRequired: false }).compile(desiredStateSchema);

const subjects: Readonly<Record<string, Subject>> = {
  'a master daemon': daemon('master'),
  'a backup daemon': daemon('backup'),
  'the timeouts': timeouts,
};

for (const [subjectName, { fields, minimal, values, set, read, desiredState }] of Object.entries(subjects)) {
  const kernelWith = (definition: Values): readonly [FakeKernel, IpvsSync] => {
    const fake = kernel();
    const ipvs = connect(fake);
    set(ipvs, definition);
    return [fake, ipvs];
  };

  describe(`the fields of ${subjectName}`, () => {
    it('are exactly the properties that are read', () => {
      assert.deepEqual(Object.keys(read(kernelWith(minimal)[1])).toSorted(), Object.keys(fields).toSorted());
    });

    it('are in the manual page with their options', () => {
      assert.deepEqual(optionsMissingInManual(fields), []);
    });

    it("get the kernel's default for the value that asks for it", () => {
      const chosen = read(kernelWith(minimal)[1]);
      for (const { name, kernelChoosesIf } of fieldsOf(fields, 'setting')) {
        if (kernelChoosesIf === undefined) continue;
        const definition = { ...minimal, [name]: kernelChoosesIf };
        const [, ipvs] = kernelWith(definition);
        assert.deepEqual(read(ipvs), chosen, name);
        assert.deepEqual(plannedFields(ipvs, desiredState(definition)), [], name);
      }
    });

    const samples = (field: NamedField): readonly unknown[] => values[field.name] ?? valuesOf(field);
    for (const field of fieldsOf(fields, 'setting')) {
      const { name } = field;
      for (const value of samples(field)) {
        describe(`${name} ${JSON.stringify(value)}`, () => {
          const without = { ...minimal, ...REQUIRED_SETTINGS[name] };
          const definition = { ...without, [name]: value };

          it('is read from a kernel as it was set, and nothing else changes', () => {
            const before = read(kernelWith(without)[1]);
            assert.deepEqual(read(kernelWith(definition)[1]), { ...before, [name]: value });
          });

          it('is planned and applied where the kernel has another value', () => {
            const [, ipvs] = kernelWith(without);
            assert.deepEqual(plannedFields(ipvs, desiredState(definition)), [name]);
            ipvs.apply(ipvs.plan(desiredState(definition)));
            assert.deepEqual(read(ipvs)[name], value);
            assert.deepEqual(ipvs.plan(desiredState(definition)).operations, []);
            // If left out, it is not changed.
            assert.deepEqual(plannedFields(ipvs, desiredState(without)), name in minimal ? [name] : []);
          });

          it('is read from a desired-state file as it was written', async () => {
            const [, ipvs] = kernelWith(definition);
            for (const format of ['json', 'yaml'] as const) {
              const text = await desiredFileText([], format, desiredState(read(ipvs)));
              if (format === 'json')
                assert.ok(isValidFile(JSON.parse(text)), JSON.stringify(isValidFile.errors));
              const desired = await parseDesiredState(text, { format });
              assert.deepEqual(ipvs.plan(desired).operations, []);
              const other = connect(kernel());
              other.apply(other.plan(desired));
              assert.deepEqual(read(other), read(ipvs));
            }
          });

          it('is read from saved rules as it was written', async () => {
            const [fake, ipvs] = kernelWith(definition);
            const { output } = await runIpvs(fake, '-Sn --lossless');
            const other = kernel();
            const { errors, status } = await runIpvs(other, '-R', { input: output });
            assert.deepEqual({ errors, status }, { errors: '', status: 0 });
            assert.deepEqual(read(connect(other)), read(ipvs), output);
          });
        });
      }
    }
  });
}
