import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runProgram } from '../../../lib/cli/program.ts';
import type { System } from '../../../lib/cli/system.ts';
import { terminal } from '../../../lib/cli/terminal.ts';
import { IpvsSync } from '../../../lib/index.ts';
import { shaped, shapes } from '../../conformance/single-dump.ts';
import { fill } from '../../conformance/subject.ts';
import { ipvsadm } from './ipvsadm.ts';
import { addNamespace, deleteNamespace, offersSingleDump } from './namespace.ts';

const name = 'listing-suite';
const netns = `/run/netns/${name}`;
// ipvsadm knows no unsorted -S.
const listings = ['-Ln', '-Ln --nosort', '-Sn'].map((line) => line.split(' '));

/** What our command prints, in this process. */
async function listed(line: readonly string[]): Promise<string> {
  let output = '';
  const system: System = {
    ...terminal,
    write: (text) => {
      output += text;
    },
  };
  assert.equal(await runProgram([...line, '--netns', netns], system), 0);
  return output;
}

if (offersSingleDump()) {
  describe('listings through the single dump', () => {
    before(() => addNamespace(name));
    after(() => deleteNamespace(name));

    for (const shape of shapes.slice(0, -1)) {
      it(`are those through per-service dumps, and ipvsadm's: ${JSON.stringify(shape)}`, async () => {
        using client = IpvsSync.open({ netns });
        client.flush();
        await fill(client, shaped(shape));
        const theirs = ipvsadm(name, listings);
        for (const [index, line] of listings.entries()) {
          const single = await listed([...line, '--single']);
          assert.equal(single, await listed([...line, '--per-service']), line.join(' '));
          assert.deepEqual({ status: 0, output: single }, theirs[index], line.join(' '));
        }
        client.flush();
      });
    }
  });
}
