import assert from 'node:assert/strict';
import {
  desiredStateText,
  KeepalivedError,
  parseDesiredState,
  parseKeepalived,
} from '../../../../lib/index.ts';
import { outcomeOf } from '../../checks/outcomes.ts';
import type { Target } from '../../target.ts';

const CONFIGURATION = `global_defs { lvs_timeouts tcp 7200 tcpfin 30 udp 9
  lvs_sync_daemon eth0 id 51 maxlen 1400 port 9000 ttl 3 group 224.0.0.81 }
$NET=10.0.\${SUB}
$SUB=5
virtual_server_group web { \${NET}.1-3 80
  2001:db8::1-2001:db8::3 80
  10.0.1.0/30 81
  fwmark 7 inet6 }
virtual_server group web { @main lvs_sched rr
  @^main lvs_sched mh
  mh-port
  flag-3
  persistence_timeout 50
  persistence_granularity 255.255.255.0
  persistence_engine sip
  lvs_method TUN type gue port 6080 csum
  ~SEQ(N, 1, 2) real_server 192.168.0.$N 80 { weight $N }
  ~LST({A, B}, {20, 1}, {21, 2}) real_server 192.168.\${B}.\${A} 80 {
    uthreshold 9 # comment
    lthreshold 3
    lvs_method TUN
    TCP_CHECK { connect_timeout 3 }
  }
}
virtual_server fwmark 9 { ops
  ip_family inet6
  lvs_sched rr
  lvs_method DR
  real_server 2001:db8::9 { inhibit_on_failure }
}
virtual_server 10.9.9.9 53 { protocol UDP
  "lvs_sched" "w\\x72r"
  real_server 10.9.9.8 { }
}
`;

export const target: Target = {
  format: {
    kind: 'text',
    dictionary: [...new Set(CONFIGURATION.split(/\s+/))]
      .map((word) => ` ${word} `)
      .concat('\n', '{\n', '}\n', '\\\n', '$N=', '$', '{N}'),
  },
  coveredModules: ['lib/ipvs/keepalived/'],
  seeds: () => [CONFIGURATION, ...CONFIGURATION.split('\n')],
  async run(input) {
    const text = Buffer.from(input).toString();
    const outcome = outcomeOf([KeepalivedError], () =>
      parseKeepalived({ file: 'x', text, configId: 'main' }),
    );
    if ('error' in outcome) return;
    const written = await desiredStateText(outcome.value.state);
    // What is imported is a valid desired state, and is the same when it is written and read again.
    assert.equal(await desiredStateText(await parseDesiredState(written)), written);
  },
};
