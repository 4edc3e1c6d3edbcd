import { FakeKernel } from '../../../../lib/testing/index.ts';
import { runIpvs } from '../../../lib/cli/run-ipvs.ts';
import { assertRun } from '../../checks/run.ts';
import type { Target } from '../../target.ts';

const TITLE = 'Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n';
const ROWS = [
  'TCP C6336407 9C40 C0000201 0050 0A000001 1F90 ESTABLISHED     899\n',
  'UDP C6336507 D432 C0000201 13C4 0A000001 13C4 UDP              59 sip a84b4c76e66710\n',
  'SCTP 2001:0db8:0000:0000:0000:0000:0000:0001 9C40 2001:0db8:0000:0000:0000:0000:0000:0080 0050 [2001:0db8:0000:0000:0000:0000:0000:0002] 1F90 NONE 6\n',
];

export const target: Target = {
  format: {
    kind: 'text',
    dictionary: [TITLE, ...ROWS, ...ROWS.flatMap((row) => row.split(' ')).map((word) => ` ${word}`)],
  },
  coveredModules: ['lib/ipvs/proc/', 'lib/cli/list/'],
  seeds: () => [TITLE, TITLE + ROWS.join(''), ROWS.join('')],
  async run(input) {
    const connections = Buffer.from(input).toString();
    for (const options of [
      '-Lnc --persistent-conn',
      '-L -c --json --client 198.51.0.0/16',
      '-L -c --count-by client',
    ])
      assertRun(await runIpvs(new FakeKernel(), options, { connections }));
  },
};
