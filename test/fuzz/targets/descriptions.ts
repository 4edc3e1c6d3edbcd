import { describeMessage } from '../../../lib/capture/describe.ts';
import { describeLines } from '../../../lib/capture/describe-lines.ts';
import { ipvsTable } from '../../../lib/capture/ipvs-table.ts';
import { ByteView, DecodeError, MessageWalker } from '../../../protocol/index.ts';
import { printable, printableJson } from '../../../protocol/netlink/printable.ts';
import { assertPlain, outcomeOf } from '../checks/outcomes.ts';
import { recordedDatagrams } from '../seeds.ts';
import type { Target } from '../target.ts';

/** What is printed of a message by `ipvs decode` and as JSON. */
export const target: Target = {
  format: { kind: 'messages' },
  modules: [
    'lib/capture/describe',
    'lib/capture/tables.js',
    'lib/capture/ipvs-table.js',
    'lib/text/printable.js',
  ],
  seeds: () => [...recordedDatagrams(), ...recordedDatagrams(0)],
  run(input) {
    const walker = new MessageWalker(new ByteView(input));
    const { message } = walker;
    outcomeOf([DecodeError], () => {
      while (walker.next()) {
        const families = new Map([[message.type, message.type === 16 ? 'nlctrl' : 'IPVS']]);
        for (const protocolFamily of [0, 16]) {
          const described = describeMessage(message, { families, protocolFamily, tables: [ipvsTable] });
          for (const line of describeLines(described)) assertPlain(printable(line));
          assertPlain(printableJson(JSON.stringify(described)));
        }
      }
    });
  },
};
