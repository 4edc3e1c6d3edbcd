import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serviceRules } from '../../../lib/cli/list/saving.ts';
import { readPerService } from '../../../lib/cli/per-service.ts';
import { RawRules } from '../../../lib/cli/raw-rules.ts';
import { FakeKernel } from '../../../lib/testing/index.ts';
import { decodeService } from '../../../protocol/ipvs/index.ts';
import { inPieces, runIpvs } from './run-ipvs.ts';

const RULES = [
  '-A -t 10.0.0.1:80 -s rr',
  '-a -t 10.0.0.1:80 -r 10.1.0.2 -m -w 5 -x 9 -y 2',
  '-a -t 10.0.0.1:80 -r 10.1.0.1 -g',
  '-a -t 10.0.0.1:80 -r 192.168.0.1:81 -i --tun-type gue --tun-port 6080',
  '-A -t 10.0.0.2:80 -s rr',
  '-a -t 10.0.0.2:80 -r 10.1.0.1 -g',
  '-A -t 10.0.0.2:81 -s sh -b sh-port',
  '-a -t 10.0.0.2:81 -r 10.1.0.1 -g -w 65535',
  '-A -u 10.0.0.2:53 -p 60 -M 255.255.255.0 -o',
  '-a -u 10.0.0.2:53 -r 10.1.0.1 -g',
  '-A --sctp-service 10.0.0.2:53 -p 61 --pe sip',
  '-a --sctp-service 10.0.0.2:53 -r 10.1.0.1 -g',
];
const OTHERS = [
  '-A -t 10.0.0.9:80',
  '-A -f 5',
  '-a -f 5 -r 10.1.0.1',
  '-A -t [2001:db8::1]:80',
  '-a -t [2001:db8::1]:80 -r [2001:db8::2]:80',
  '-A -t 10.0.0.8:80',
  '-a -t 10.0.0.8:80 -r [2001:db8::2]:80 -i',
  '-A -t 10.0.0.7:80',
  ...Array.from({ length: 17 }, (_, index) => `-a -t 10.0.0.7:80 -r 10.2.0.${index}:80 -m`),
];

describe('rules from the bytes of services', () => {
  it('are those that are written of decoded ones, and only of IPv4 with few destinations', async () => {
    const kernel = new FakeKernel();
    const { status } = await runIpvs(kernel, '-R', { input: [...RULES, ...OTHERS].join('\n') });
    assert.equal(status, 0);
    const read = async (raw: RawRules | undefined): Promise<Map<string, string>> => {
      const written = new Map<string, string>();
      await readPerService(
        {
          forServices: kernel.connect(),
          forDestinations: inPieces(kernel.connect()),
          helpedFrom: Number.POSITIVE_INFINITY,
          help: async () => undefined,
        },
        {
          use(service) {
            const { address, port, protocol } = service;
            if (raw === undefined)
              written.set(`${protocol} ${address}:${port}`, serviceRules(service, false, undefined));
            return '';
          },
          useRaw(service, destinations) {
            const { address, port, protocol } = decodeService(service.view, service.start, service.end);
            const rules = raw?.rules(service, destinations);
            if (rules !== undefined) written.set(`${protocol} ${address}:${port}`, rules.item);
            return rules?.item;
          },
          exists: () => true,
        },
      );
      return written;
    };
    const decoded = await read(undefined);
    const raw = await read(new RawRules());
    const services = RULES.filter((rule) => rule.startsWith('-A'));
    assert.equal(raw.size, services.length, [...raw.keys()].join(' '));
    for (const [service, rules] of raw) assert.equal(rules, decoded.get(service));
  });
});
