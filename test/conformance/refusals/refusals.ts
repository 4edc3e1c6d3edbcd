import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { it } from 'node:test';
import { alreadyExists, ClosedError, isNotFound } from '../../../lib/index.ts';
import { addServiceWithDestinations, failure, refusal, type SubjectWithClient } from '../subject.ts';
import { destinationRefusals } from './destinations.ts';
import { type RefusalCase, server6, service, startMasterDaemon } from './refusal-case.ts';
import { serviceRefusals } from './services.ts';
import { settingRefusals } from './settings.ts';

const MISSING = /^no /;
const PRESENT = / already (exists|runs) /;

/** Requests that the client can express but the kernel refuses. */
const refusalCases: readonly RefusalCase[] = [...serviceRefusals, ...destinationRefusals, ...settingRefusals];

/** Tests of requests that the kernel refuses, of a closed client and of aborted signals. */
export function refusalTests(subject: SubjectWithClient): void {
  for (const { title, prepare, attempt, errno, command, object, says } of refusalCases) {
    it(`fails with ${errno} for ${title}`, async () => {
      const { client } = subject;
      await prepare?.(client, subject);
      const before = await subject.client.dump();
      const error = await refusal(() => attempt(client, subject));
      assert.equal(error.errnoName, errno);
      assert.equal(error.errno, constants.errno[errno]);
      assert.equal(error.command, command);
      assert.equal(error.object, object);
      assert.match(error.message, says);
      assert.equal(isNotFound(error), MISSING.test(error.message));
      assert.equal(alreadyExists(error), PRESENT.test(error.message));
      for (const part of [errno, command, object]) assert.ok(error.message.includes(part), error.message);
      const after = await subject.client.dump();
      assert.equal(JSON.stringify(after.services), JSON.stringify(before.services), 'nothing has changed');
    });
  }

  it('accepts destinations of another family again once the sync daemon has stopped', async () => {
    const { client } = subject;
    await addServiceWithDestinations(client, service);
    await startMasterDaemon(client, subject);
    await refusal(() => client.addDestination(service, server6));
    await client.stopDaemon({ role: 'master', syncId: 1 });
    await client.addDestination(service, server6);
    await refusal(() => startMasterDaemon(client, subject));
    await client.deleteDestination(service, server6);
    await startMasterDaemon(client, subject);
  });

  it('cannot be used any more after it was closed', async () => {
    const client = await subject.open();
    await client.addService(service);
    await client.close();
    await client.close();
    assert.ok((await failure(() => client.services())) instanceof ClosedError);
    assert.ok((await failure(() => client.deleteService(service))) instanceof ClosedError);
    assert.equal((await subject.client.services()).length, 1);
  });

  it('sends nothing if the signal is already aborted', async () => {
    const { client } = subject;
    await client.info();
    const { sends } = client.stats;
    const reason = new Error('no more');
    const signal = AbortSignal.abort(reason);
    assert.equal(await failure(() => client.addService(service, { signal })), reason);
    assert.equal(await failure(() => client.dump({ signal })), reason);
    assert.equal(client.stats.sends, sends);
    assert.deepEqual(await client.services(), []);
  });
}
