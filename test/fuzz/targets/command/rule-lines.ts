import { parseRuleLines } from '../../../../lib/cli/parse/rule-lines.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { goodCommandLines } from '../../../lib/cli/command-lines.ts';
import { runIpvs } from '../../../lib/cli/run-ipvs.ts';
import { exampleFile } from '../../checks/desired-file.ts';
import { assertRun } from '../../checks/run.ts';
import { assertSavedTable, NO_NAMES } from '../../checks/saved-table.ts';
import type { Target } from '../../target.ts';

const LINES = goodCommandLines.map(([, line]) => line.join(' '));
const RULES = `-A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0
-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m -w 5 -x 9 -y 3
-A -u [fd00::1]:53 -s rr -o
-A -f 7 -6 -s mh -b mh-port,mh-fallback --pe sip
-a -f 7 -6 -r [fd00::2]:0 -i --tun-type gue --tun-port 6080 --tun-csum
--set 900 120 300
--start-daemon master --mcast-interface eth0 --syncid 1 --mcast-group 224.0.0.81
`;

export const target: Target = {
  format: {
    kind: 'text',
    dictionary: [...new Set([RULES, ...LINES].flatMap((line) => line.split(/[ \n]/)))]
      .map((word) => ` ${word} `)
      .concat('\n', '\r\n', '#', 'ipvsadm '),
  },
  coveredModules: ['lib/cli/parse/', 'lib/cli/change/', 'lib/cli/list/saving.js', 'lib/ipvs/operations/'],
  seeds: () => [JSON.stringify(exampleFile), RULES, LINES.join('\n'), ...LINES],
  async run(input) {
    const text = Buffer.from(input).toString();
    parseRuleLines(text, NO_NAMES);
    const kernel = new FakeKernel();
    assertRun(await runIpvs(kernel, '-R', { input: text }));
    await assertSavedTable(kernel);
  },
};
