import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { processSystem } from '../../../../lib/cli/process-system.ts';
import { runProgram } from '../../../../lib/cli/program.ts';
import type { System } from '../../../../lib/cli/system.ts';
import { IpvsSync } from '../../../../lib/index.ts';
import { tableOfSize, tableSizes } from '../../../conformance/single-dump.ts';
import { addDefinitions } from '../../../conformance/subject.ts';
import { projectFolder } from '../../lab/project.ts';
import { moreDestinations, recordedServices } from '../../recording/rules.ts';
import { ipvsadm } from '../ipvsadm/ipvsadm.ts';
import { addNamespace, deleteNamespace, offersSingleDump } from '../namespace.ts';

const name = 'listing-suite';
const netns = `/run/netns/${name}`;
// ipvsadm knows no unsorted -S.
const listings = ['-Ln', '-Ln --nosort', '-Sn'].map((line) => line.split(' '));

/** What our command prints, in this process. */
async function listed(line: readonly string[]): Promise<string> {
  let output = '';
  const system: System = {
    ...processSystem,
    write: (text) => {
      output += text;
    },
  };
  assert.equal(await runProgram([...line, '--netns', netns], system), 0);
  return output;
}

/** Runs `ipvs-list`, the libnl program, in our namespace. */
function ipvsList(...options: string[]): { status: number | null; output: string; errors: string } {
  const args = ['netns', 'exec', name, 'ipvs-list', ...options];
  const { status, stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return { status, output: stdout, errors: stderr };
}

if (offersSingleDump()) {
  describe('listings through the single dump', () => {
    before(() => addNamespace(name));
    beforeEach(() => {
      using client = IpvsSync.open({ netns });
      client.flush();
    });
    after(() => deleteNamespace(name));

    for (const shape of tableSizes.slice(0, -1)) {
      it(`are those through per-service dumps, and ipvsadm's: ${JSON.stringify(shape)}`, async () => {
        using client = IpvsSync.open({ netns });
        await addDefinitions(client, tableOfSize(shape));
        const theirs = ipvsadm(name, listings);
        for (const [index, line] of listings.entries()) {
          const single = await listed([...line, '--single']);
          assert.equal(single, await listed([...line, '--per-service']), line.join(' '));
          assert.deepEqual({ status: 0, output: single }, theirs[index], line.join(' '));
        }
        const { output } = theirs[2]!;
        assert.deepEqual(ipvsList(), { status: 0, output, errors: '' });
        assert.deepEqual(ipvsList('--per-service'), { status: 0, output, errors: '' });
      });
    }

    it('show every setting: the libnl program prints what ipvsadm does', async () => {
      using client = IpvsSync.open({ netns });
      for (const { service, destinations } of recordedServices) {
        client.addService(service);
        for (const destination of destinations) client.addDestination(service, destination);
      }
      const [{ output } = { output: '' }] = ipvsadm(name, [['-Sn']]);
      assert.equal(ipvsList().output, output);
      assert.ok(output.split('\n').length > 2 * recordedServices.length);
    });

    it('are the same from a recording', async () => {
      using client = IpvsSync.open({ netns });
      for (const { service, destinations } of recordedServices) {
        client.addService(service);
        for (const destination of destinations) client.addDestination(service, destination);
      }
      for (const destination of moreDestinations)
        client.addDestination(recordedServices[0]!.service, destination);
      const [{ output } = { output: '' }] = ipvsadm(name, [['-Sn']]);
      for (const kernel of ['single-6.1', 'single-6.12', 'single-7.x']) {
        const file = join(projectFolder, 'fixtures', kernel, 'single-dump.pcap');
        assert.deepEqual(ipvsList('--recording', file), { status: 0, output, errors: '' }, kernel);
      }
    });

    it('are refused where the key of a request lacks NLA_F_NESTED', () => {
      using client = IpvsSync.open({ netns });
      client.addService({ protocol: 'tcp', address: '10.0.0.1', port: 80, scheduler: 'rr' });
      client.addService({ mark: 5, scheduler: 'rr' });
      assert.deepEqual(ipvsList('--key', '10.0.0.1:80').output, '-A -t 10.0.0.1:80 -s rr\n');
      assert.deepEqual(ipvsList('--key', '5').output, '-A -f 5 -s rr\n');
      assert.deepEqual(ipvsList('--key', '6'), { status: 0, output: '', errors: '' });
      const refused = ipvsList('--key', '10.0.0.1:80', '--noflag');
      assert.equal(refused.status, 1);
      assert.match(refused.errors, /Invalid input data or parameter/);
    });
  });
}
