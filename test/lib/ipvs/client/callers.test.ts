import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldError, Ipvs, type IpvsNetlinkError, IpvsSync, KernelError } from '../../../../lib/index.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';

const key = { protocol: 'tcp', address: '10.0.0.1', port: 1 } as const;
const bad = { ...key, port: 70_000 };

/** What `attempt` fails with, and the first lines of its stack. */
async function failure(attempt: () => unknown): Promise<{ error: IpvsNetlinkError; frames: string }> {
  try {
    await attempt();
  } catch (error) {
    const frames = (error as Error).stack?.split('\n').filter((line) => /^ {4}at /.test(line)) ?? [];
    return { error: error as IpvsNetlinkError, frames: frames.slice(0, 3).join('\n') };
  }
  assert.fail('it did not fail');
}

for (const open of [Ipvs.open, IpvsSync.open] as const) {
  describe(`the stack of an error shows the caller: ${open === Ipvs.open ? 'Ipvs' : 'IpvsSync'}`, () => {
    const attempts: readonly (readonly [
      title: string,
      attempt: (client: Ipvs | IpvsSync) => unknown,
      errorClass: typeof KernelError | typeof FieldError,
    ])[] = [
      ['a refused request', (client) => client.deleteService(key), KernelError],
      ['bad input', (client) => client.deleteService(bad), FieldError],
      ['bad options', (client) => client.info({ deadline: -1 }), FieldError],
      [
        'a refused request in an operation of several requests',
        (client) => client.destinations(key),
        KernelError,
      ],
    ];
    for (const [title, attempt, errorClass] of attempts) {
      it(`of ${title}`, async () => {
        const client = await open({ transport: new FakeKernel().connect() });
        await client.info();
        async function whoCalls(): Promise<void> {
          await attempt(client);
        }
        const { error, frames } = await failure(whoCalls);
        assert.ok(error instanceof errorClass);
        assert.match(frames, /whoCalls .*callers\.test\.js:\d+:\d+/);
        await client.close();
      });
    }

    it('of a stream', async () => {
      const client = await open({ transport: new FakeKernel().connect() });
      async function whoIterates(): Promise<void> {
        for await (const _service of client.stream({ strategy: 'single' }));
      }
      const { error, frames } = await failure(whoIterates);
      assert.equal(error.code, 'ERR_UNSUPPORTED');
      assert.match(frames, /whoIterates .*callers\.test\.js:\d+:\d+/);
      await client.close();
    });
  });
}
