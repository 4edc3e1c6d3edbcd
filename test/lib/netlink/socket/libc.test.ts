import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const program = `
  const { Worker } = require('node:worker_threads');
  const source = \`import(\${JSON.stringify(process.argv[1])}).then(({ NetlinkSocket }) =>
    NetlinkSocket.open({ protocol: 16 }).close())\`;
  new Worker(source, { eval: true }).on('exit', (code) => console.log('exit', code));
`;

test('a process survives the only worker that used the library', () => {
  const library = new URL('../../../../lib/netlink.js', import.meta.url).href;
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program, library], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, signal, stdout, stderr], [0, null, 'exit 0\n', '']);
});
