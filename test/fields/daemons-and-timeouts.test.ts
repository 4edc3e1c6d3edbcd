import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  type Daemon,
  type DesiredTable,
  desiredFileText,
  desiredStateSchema,
  IpvsSync,
  parseDesiredTable,
  type Timeouts,
} from '../../lib/index.ts';
import { FakeKernel } from '../../lib/testing/index.ts';
import { daemonFields, type Fields, fieldsOf, type NamedField, timeoutFields } from '../../protocol/index.ts';
import { runIpvs } from '../lib/cli/run-ipvs.ts';
import { optionsMissingInManual } from './manual.ts';
import { NAMES, valuesOf } from './values.ts';

type Values = Readonly<Record<string, unknown>>;

/** What goes with a field's values: the kernel's choice of the longest message follows from the group's family. */
const COMPANIONS: Readonly<Record<string, Values>> = { multicastGroup: { syncMaxLength: 1400 } };

/** One kind of setting other than the services: how it is set, planned and read. */
interface Subject {
  readonly fields: Fields;
  /** The setting with what must be given alone. */
  readonly plain: Values;
  /** Values of fields whose data name none that a kernel takes. */
  readonly values: Readonly<Record<string, readonly unknown[]>>;
  readonly set: (ipvs: IpvsSync, setting: Values) => void;
  readonly read: (ipvs: IpvsSync) => Values;
  /** The desired table that has the setting and no service. */
  readonly wanted: (setting: Values) => DesiredTable;
}

function daemon(role: Daemon['role']): Subject {
  const wanted = (setting: Values): DesiredTable => ({
    services: [],
    daemons: [setting as unknown as Daemon],
  });
  return {
    fields: daemonFields,
    plain: { role, interface: 'eth0', syncId: 1 },
    values: {
      multicastGroup: ['239.1.2.3', 'ff02::81'],
      // A backup takes no shorter messages than this.
      syncMaxLength: [1024, 65507],
    },
    set: (ipvs, setting) => ipvs.startDaemon(setting as unknown as Daemon),
    read: (ipvs) => ipvs.daemons()[0] as unknown as Values,
    wanted,
  };
}

const timeouts: Subject = {
  fields: timeoutFields,
  plain: {},
  // The kernel counts in its clock's ticks, so it takes fewer seconds than the field.
  values: { tcp: [1, 86_400], tcpFin: [1, 86_400], udp: [1, 86_400] },
  set: (ipvs, setting) => ipvs.setTimeouts(setting as Timeouts),
  read: (ipvs) => ipvs.timeouts() as Values,
  wanted: (setting) => ({ services: [], timeouts: setting as Timeouts }),
};

function kernel(): FakeKernel {
  const fake = new FakeKernel();
  for (const name of NAMES) fake.state.environment.interfaces.set(name, 1500);
  return fake;
}

function connect(fake: FakeKernel): IpvsSync {
  return IpvsSync.open({ transport: fake.connect() });
}

/** The names of the fields that a plan changes. */
function planned(ipvs: IpvsSync, desired: DesiredTable): string[] {
  return ipvs.plan(desired).settings.flatMap(({ fields }) => fields.map(({ field }) => field));
}

const isValidFile = new Ajv2020({ strictRequired: false }).compile(desiredStateSchema);

const subjects: Readonly<Record<string, Subject>> = {
  'a master daemon': daemon('master'),
  'a backup daemon': daemon('backup'),
  'the timeouts': timeouts,
};

for (const [kind, { fields, plain, values, set, read, wanted }] of Object.entries(subjects)) {
  const opened = (setting: Values): readonly [FakeKernel, IpvsSync] => {
    const fake = kernel();
    const ipvs = connect(fake);
    set(ipvs, setting);
    return [fake, ipvs];
  };

  describe(`the fields of ${kind}`, () => {
    it('are all that is read, and all of them are', () => {
      assert.deepEqual(Object.keys(read(opened(plain)[1])).toSorted(), Object.keys(fields).toSorted());
    });

    it('stand in the manual page with their options', () => {
      assert.deepEqual(optionsMissingInManual(fields), []);
    });

    it('leave the choice to the kernel with the number for it', () => {
      const chosen = read(opened(plain)[1]);
      for (const { name, kernelChoosesValue } of fieldsOf(fields, 'setting')) {
        if (kernelChoosesValue === undefined) continue;
        const setting = { ...plain, [name]: kernelChoosesValue };
        const [, ipvs] = opened(setting);
        assert.deepEqual(read(ipvs), chosen, name);
        assert.deepEqual(planned(ipvs, wanted(setting)), [], name);
      }
    });

    const samples = (field: NamedField): readonly unknown[] => values[field.name] ?? valuesOf(field);
    for (const field of fieldsOf(fields, 'setting')) {
      const { name } = field;
      for (const value of samples(field)) {
        describe(`${name} ${JSON.stringify(value)}`, () => {
          const without = { ...plain, ...COMPANIONS[name] };
          const setting = { ...without, [name]: value };

          it('comes back from a kernel, alone', () => {
            const before = read(opened(without)[1]);
            assert.deepEqual(read(opened(setting)[1]), { ...before, [name]: value });
          });

          it('differs from what is plain, and is made so', () => {
            const [, ipvs] = opened(without);
            assert.deepEqual(planned(ipvs, wanted(setting)), [name]);
            ipvs.apply(ipvs.plan(wanted(setting)));
            assert.deepEqual(read(ipvs)[name], value);
            assert.deepEqual(ipvs.plan(wanted(setting)).operations, []);
            // Left out, it stays as it is.
            assert.deepEqual(planned(ipvs, wanted(without)), name in plain ? [name] : []);
          });

          it('comes back from a file', async () => {
            const [, ipvs] = opened(setting);
            for (const format of ['json', 'yaml'] as const) {
              const text = await desiredFileText([], format, wanted(read(ipvs)));
              if (format === 'json')
                assert.ok(isValidFile(JSON.parse(text)), JSON.stringify(isValidFile.errors));
              const desired = await parseDesiredTable(text, { format });
              assert.deepEqual(ipvs.plan(desired).operations, []);
              const other = connect(kernel());
              other.apply(other.plan(desired));
              assert.deepEqual(read(other), read(ipvs));
            }
          });

          it('comes back from saved rules', async () => {
            const [fake, ipvs] = opened(setting);
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
