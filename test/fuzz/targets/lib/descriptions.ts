import { describeLines } from '../../../../lib/describe/describe-lines.ts';
import { describeMessage } from '../../../../lib/describe/describe-message.ts';
import { ipvsSpec } from '../../../../lib/describe/ipvs-spec.ts';
import { TrafficDescriber } from '../../../../lib/describe/traffic.ts';
import { ByteView, DecodeError, MessageWalker } from '../../../../protocol/index.ts';
import { printable, printableJson } from '../../../../protocol/netlink/text/printable.ts';
import { assertPrintable, outcomeOf } from '../../checks/outcomes.ts';
import { capturedDatagrams } from '../../seeds.ts';
import type { Target } from '../../target.ts';

/** Messages in words, as `ipvs decode` prints them, and as JSON. */
export const target: Target = {
  format: { kind: 'messages' },
  coveredModules: ['lib/describe/', 'protocol/netlink/text/printable.js'],
  seeds: () => [...capturedDatagrams(), ...capturedDatagrams(0)],
  run(input) {
    for (const line of new TrafficDescriber(16, [ipvsSpec]).lines(input)) assertPrintable(line);
    const walker = new MessageWalker(new ByteView(input));
    const { message } = walker;
    outcomeOf([DecodeError], () => {
      while (walker.next()) {
        const families = new Map([[message.type, message.type === 16 ? 'nlctrl' : 'IPVS']]);
        for (const netlinkProtocol of [0, 16]) {
          const described = describeMessage(message, { families, netlinkProtocol, specs: [ipvsSpec] });
          for (const line of describeLines(described)) assertPrintable(printable(line));
          assertPrintable(printableJson(JSON.stringify(described)));
        }
      }
    });
  },
};
