import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import {
  badCommandLines,
  goodCommandLines,
  refusedCommandLines,
  refusedRules,
} from '../../../lib/cli/command-lines.ts';
import { ipvsadm, ipvsadmScript } from '../ipvsadm/ipvsadm.ts';
import {
  addNamespaces,
  deleteNamespaces,
  firstNamespace,
  freshNamespaces,
  inFixedOrder,
  ipvs,
  secondNamespace,
  shownByIpvsadm,
  splitArguments,
} from './two-namespaces.ts';

/** Options of listings that ipvsadm does not know. */
const OWN_OPTION = /^--(?:client|count-by|expires-|state|protocol|sort=|wide|json)/;

describe('the command line changes what ipvsadm changes', () => {
  before(addNamespaces);
  after(deleteNamespaces);

  it('does with every command line what ipvsadm does, and ends with the same status', async () => {
    freshNamespaces();
    const start = ['-A -t 10.0.0.1:80', '-a -t 10.0.0.1:80 -r 10.1.0.1'];
    ipvsadmScript(firstNamespace, start, []);
    assert.equal((await ipvs(secondNamespace, ['-R'], start.join('\n'))).status, 0);
    const all = [...refusedCommandLines, ...badCommandLines, ...goodCommandLines].filter(
      ([, line]) => !line.some((word) => OWN_OPTION.test(word)),
    );
    const table = splitArguments('-Sn');
    const theirs = ipvsadm(
      firstNamespace,
      all.flatMap(([, line]) => [line, table]),
    );
    for (const [index, [status, line]] of all.entries()) {
      const ours = await ipvs(secondNamespace, line);
      assert.equal(theirs[2 * index]!.status, status, `ipvsadm ${line.join(' ')}`);
      assert.equal(ours.status, status, `ipvs ${line.join(' ')}`);
      const now = await ipvs(secondNamespace, splitArguments('-Sn --compat'));
      assert.equal(now.output, theirs[2 * index + 1]!.output, `after ${line.join(' ')}`);
    }
    assert.deepEqual(
      shownByIpvsadm(secondNamespace).map(inFixedOrder),
      shownByIpvsadm(firstNamespace).map(inFixedOrder),
    );
  });

  it('refuses in a file of rules what ipvsadm refuses there', async () => {
    freshNamespaces();
    for (const [rule] of refusedRules) {
      const rules = `-A -t 10.0.0.1:1\n${rule}\n`;
      const [theirs] = ipvsadm(firstNamespace, [['-R']], rules);
      assert.equal(theirs!.status, 2, rule);
      for (const options of [[], ['--compat']])
        assert.equal((await ipvs(secondNamespace, ['-R', ...options], rules)).status, 2, rule);
      assert.equal((await ipvs(secondNamespace, splitArguments('-Sn'))).output, '');
      await ipvs(firstNamespace, ['-C']);
    }
  });

  it('runs and lists sync daemons as ipvsadm does', async () => {
    freshNamespaces();
    for (const name of [firstNamespace, secondNamespace]) {
      const prepare =
        'ip link add d0 type dummy && ip link set d0 up multicast on && ip addr add 10.9.9.1/24 dev d0 && ' +
        'ip route add 224.0.0.0/4 dev d0';
      execFileSync('ip', ['netns', 'exec', name, 'bash', '-c', prepare]);
    }
    const lines = [
      '--start-daemon master --mcast-interface d0 --syncid 5',
      '-L --daemon',
      '--start-daemon backup --mcast-interface d0 --syncid 6 --mcast-group ff02::81 --mcast-port 8849 --mcast-ttl 3 --sync-maxlen 1400',
      '-L --daemon',
      '--start-daemon master --mcast-interface d0 --syncid 5',
      '--stop-daemon master',
      '-L --daemon -n',
      '--stop-daemon master --syncid 5',
      '--stop-daemon backup --syncid 9',
      '-L --daemon',
    ].map(splitArguments);
    const theirs = ipvsadm(firstNamespace, lines);
    for (const [index, line] of lines.entries())
      assert.deepEqual(await ipvs(secondNamespace, line), theirs[index], line.join(' '));
    await ipvs(
      firstNamespace,
      splitArguments('--start-daemon master --mcast-interface d0 --syncid 5 --mcast-ttl 9'),
    );
    const saved = await ipvs(firstNamespace, splitArguments('-Sn --lossless'));
    assert.match(saved.output, /^--set 900 120 300\n--start-daemon master .*--mcast-ttl 9\n$/);
    assert.equal((await ipvs(secondNamespace, ['-R'], saved.output)).status, 0);
    const [listed] = ipvsadm(secondNamespace, [splitArguments('-L --daemon')]);
    assert.equal((await ipvs(firstNamespace, splitArguments('-L --daemon'))).output, listed!.output);
  });

  it('changes nothing by a restore file with an error, except with --keep-going', async () => {
    freshNamespaces();
    const rules = '-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.1.0.1:80 -m\nnonsense\n';
    assert.equal((await ipvs(firstNamespace, ['-R'], rules)).status, 255);
    assert.equal(
      (await ipvs(firstNamespace, ['-Sn'])).output,
      '',
      'an error in the last line changes nothing',
    );
    assert.equal((await ipvs(firstNamespace, ['-R', '--keep-going'], rules)).status, 255);
    assert.equal((await ipvs(firstNamespace, ['-Sn'])).output.split('\n').length, 3);
  });
});
