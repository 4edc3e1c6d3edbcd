import { after, before, beforeEach, describe } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Ipvs, IpvsSync } from '../../lib/index.ts';
import { batchTests } from './batches.ts';
import { changeTests } from './changes.ts';
import { destinationTests } from './destinations.ts';
import { dumpTests } from './dumps.ts';
import { inputTests } from './input.ts';
import { refusalTests } from './refusals/refusals.ts';
import { serviceTests } from './services.ts';
import { settingTests } from './settings.ts';
import type { AnyIpvs, Subject, SubjectWithClient } from './subject.ts';

/** An IPVS table, and how each of the clients is opened on it. */
export interface Subjects extends Omit<Subject, 'open'> {
  readonly open: () => Promise<Ipvs>;
  readonly openSync: () => IpvsSync;
}

/** Opens a client for `tests`, and empties the table before each of them. */
export function withClient(subject: Subject, tests: (subject: SubjectWithClient) => void): void {
  let client: AnyIpvs;
  before(async () => {
    client = await subject.open();
  });
  beforeEach(async () => {
    // The synchronous client does not yield to the event loop, so no test would be reported before the last has ended.
    await setImmediate();
    for (const daemon of await client.daemons()) await client.stopDaemon(daemon);
    await client.flush();
  });
  after(() => client.close());
  tests({
    ...subject,
    get client(): AnyIpvs {
      return client;
    },
  });
}

/** The tests that both clients must pass on any kernel, be it fake or real. */
export function describeClient(name: string, subjects: Subjects): void {
  for (const [clientName, open] of [
    ['Ipvs', subjects.open],
    ['IpvsSync', subjects.openSync],
  ] as const) {
    describe(`${clientName} on ${name}`, () => {
      for (const [part, tests] of [
        ['services', serviceTests],
        ['destinations', destinationTests],
        ['changes', changeTests],
        ['settings', settingTests],
        ['batches', batchTests],
        ['refusals', refusalTests],
        ['input', inputTests],
        ['dumps', dumpTests],
      ] as const) {
        describe(part, () => withClient({ ...subjects, open }, tests));
      }
    });
  }
}
