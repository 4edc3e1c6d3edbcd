import { processSystem } from '../../../../lib/cli/process-system.ts';
import { runProgram } from '../../../../lib/cli/program.ts';
import { Ipvs } from '../../../../lib/index.ts';
import { NetlinkSocket } from '../../../../lib/netlink.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';

/**
 * The command `ipvs` on a fake kernel that another process serves at a port id:
 * `node command-on-served-kernel.js PORT-ID ARGUMENTS`. With `--fake` it does not lock this machine's network
 * namespace, as it does for a real kernel; the name of its file, `none`, is not used, because `openAsync` opens the
 * client.
 */
const [portId, ...args] = process.argv.slice(2);

process.exitCode = await runProgram(['--fake=none', ...args], {
  ...processSystem,
  openAsync: () =>
    Ipvs.open({
      transport: NetlinkSocket.open({ protocol: NetlinkProtocol.USERSOCK, peer: Number(portId) }),
    }),
  loadModule: async () => false,
});
