import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, beforeEach, describe, it } from 'node:test';
import { IpvsSync, serviceKeyText } from '../../../../lib/index.ts';
import { uniformDefinitions } from '../../../conformance/dumps.ts';
import {
  addDefinitions,
  type Definitions,
  expectedDestination,
  expectedService,
  withoutCounters,
  withoutState,
} from '../../../conformance/subject.ts';
import { addNamespace, deleteNamespace, runIn } from '../namespace.ts';
import { rulesOf, servicesWithRules } from './services-with-rules.ts';

const name = 'ipvsadm-suite';

/**
 * The services of a save file, each with its destinations. ipvsadm sorts services, but treats marks of both
 * families as equal, and then they come in the kernel's order, which is random from 7.1 on.
 */
function sortedServices(text: string): string[] {
  return text.split(/^(?=-A )/m).sort();
}

/** The lines of a save file, sorted, as their order does not matter. */
function sortedLines(text: string): string[] {
  return text.trim().split('\n').sort();
}

describe('our client and ipvsadm', () => {
  let client: IpvsSync;

  before(() => {
    addNamespace(name);
    client = IpvsSync.open({ netns: `/run/netns/${name}` });
  });
  after(() => {
    client.close();
    deleteNamespace(name);
  });
  beforeEach(() => {
    for (const daemon of client.daemons()) client.stopDaemon(daemon);
    client.flush();
  });

  function restore(rules: string): void {
    const args = ['netns', 'exec', name, 'ipvsadm', '-R'];
    execFileSync('ip', args, { input: rules, encoding: 'utf8' });
  }

  /** Checks that our client reads the table as defined. */
  function assertReads(definitions: Definitions): void {
    const read = new Map(client.dump().services.map((service) => [serviceKeyText(service), service]));
    assert.equal(read.size, definitions.length);
    for (const [definition, destinations] of definitions) {
      const service = read.get(serviceKeyText(definition));
      assert.ok(service, `${serviceKeyText(definition)} is there`);
      assert.deepEqual(withoutCounters(service), expectedService(definition));
      const expected = destinations.map((destination) => expectedDestination(destination)).reverse();
      assert.deepEqual(service.destinations.map(withoutState), expected);
    }
  }

  it('reads back 1000 services x 4 destinations, which ipvsadm lists identically', async () => {
    const definitions = uniformDefinitions(1000, 4);
    await addDefinitions(client, definitions);
    assertReads(definitions);
    const expected = definitions.flatMap(([service, destinations]) => {
      const key = `-t ${service.address}:${service.port}`;
      const servers = destinations.map(({ address, port }) => `-a ${key} -r ${address}:${port} -m -w 1`);
      return [`-A ${key} -s rr`, ...servers];
    });
    assert.deepEqual(sortedLines(runIn(name, 'ipvsadm', '-Sn')), expected.sort());
  });

  it('reads 1000 services x 4 destinations that ipvsadm wrote', () => {
    const definitions = uniformDefinitions(1000, 4);
    const rules = definitions.flatMap(([service, destinations]) => {
      const key = `-t ${service.address}:${service.port}`;
      const servers = destinations.map(({ address, port }) => `-a ${key} -r ${address}:${port} -m`);
      return [`-A ${key} -s rr`, ...servers];
    });
    restore(`${rules.join('\n')}\n`);
    assertReads(definitions);
  });

  it('reads every field that ipvsadm writes', () => {
    restore(rulesOf(servicesWithRules));
    assertReads(
      servicesWithRules.map(({ service, destinations = [] }) => [
        service,
        destinations.map(([, destination]) => destination),
      ]),
    );
  });

  it('writes every field so that ipvsadm lists the same as for its own rules', () => {
    restore(rulesOf(servicesWithRules));
    const expected = runIn(name, 'ipvsadm', '-Sn');
    client.flush();
    for (const { service, destinations = [] } of servicesWithRules) {
      client.addService(service);
      for (const [, destination] of destinations) client.addDestination(service, destination);
    }
    assert.deepEqual(sortedServices(runIn(name, 'ipvsadm', '-Sn')), sortedServices(expected));
    const count = servicesWithRules.flatMap(({ destinations = [] }) => destinations).length;
    assert.equal(sortedLines(expected).length, servicesWithRules.length + count);
  });

  it('reads the sync daemons that ipvsadm started, and ipvsadm lists ours', () => {
    const settings = '--mcast-interface eth0 --syncid 5 --sync-maxlen 1000 --mcast-group 239.1.2.3';
    const rest = '--mcast-port 7777 --mcast-ttl 3';
    runIn(name, 'ipvsadm', '--start-daemon', 'master', ...settings.split(' '), ...rest.split(' '));
    const master = {
      role: 'master',
      interface: 'eth0',
      syncId: 5,
      syncMaxLength: 1000,
      multicastGroup: '239.1.2.3',
      multicastPort: 7777,
      multicastTtl: 3,
    } as const;
    assert.deepEqual(client.daemons(), [master]);
    client.startDaemon({
      role: 'backup',
      interface: 'eth0',
      syncId: 6,
      syncMaxLength: 1024,
      multicastGroup: 'ff02::7',
      multicastPort: 7778,
      multicastTtl: 4,
    });
    const listed = runIn(name, 'ipvsadm', '-Ln', '--daemon').trim().split('\n');
    assert.deepEqual(listed, [
      'master sync daemon (mcast=eth0, syncid=5, maxlen=1000, group=239.1.2.3, port=7777, ttl=3)',
      'backup sync daemon (mcast=eth0, syncid=6, maxlen=1024, group=ff02::7, port=7778, ttl=4)',
    ]);
    runIn(name, 'ipvsadm', '--stop-daemon', 'backup');
    assert.deepEqual(client.daemons(), [master]);
  });

  it('shares timeouts with ipvsadm', () => {
    runIn(name, 'ipvsadm', '--set', '901', '121', '301');
    assert.deepEqual(client.timeouts(), { tcp: 901, tcpFin: 121, udp: 301 });
    client.setTimeouts({ tcpFin: 122 });
    assert.match(runIn(name, 'ipvsadm', '-L', '--timeout'), /901 122 301/);
  });
});
