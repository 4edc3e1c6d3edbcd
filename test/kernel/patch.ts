/**
 * `npm run kernel:patch -- --source TREE --signed-off-by 'NAME <ADDRESS>'`: writes the single dump as a series of
 * patches for a kernel's tree, which must have IPVS as 6.12 or as 7.1 and later have it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { patchSeries } from './ip_vs/series.ts';

const usage = `Usage: npm run kernel:patch -- --source TREE --signed-off-by 'NAME <ADDRESS>' [--out FOLDER]
Writes the single dump (IPVS_CMD_GET_SERVICE_DEST) as patches for a kernel's tree, for git am or git send-email.

  --source TREE         root of the kernel's source; it is only read
  --signed-off-by TEXT  who certifies the origin of the patches and sends them
  --out FOLDER          where to write the patches (patches)
  --check               run the tree's scripts/checkpatch.pl --strict on them; fails when it finds anything
`;

const { values: options } = parseArgs({
  options: {
    source: { type: 'string' },
    'signed-off-by': { type: 'string' },
    out: { type: 'string', default: 'patches' },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const { source, 'signed-off-by': signedOffBy, out, check, help } = options;
if (help) {
  process.stdout.write(usage);
} else if (source === undefined || !/^[^<>\n]+ <[^<>\s]+@[^<>\s]+>$/.test(signedOffBy ?? '')) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const mails = patchSeries(source, { signedOffBy: signedOffBy!, date: new Date() });
  mkdirSync(out, { recursive: true });
  for (const { name, text } of mails) {
    writeFileSync(join(out, name), text);
    process.stdout.write(`${join(out, name)}\n`);
  }
  if (check) {
    const patches = mails.slice(1).map(({ name }) => join(out, name));
    const program = join(source, 'scripts/checkpatch.pl');
    const { status } = spawnSync('perl', [program, '--strict', '--no-tree', ...patches], {
      stdio: 'inherit',
    });
    process.exitCode = status ?? 1;
  }
}
