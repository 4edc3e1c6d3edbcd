import { NetlinkProtocol } from '../../protocol/netlink/index.ts';
import { NetlinkSocket } from '../socket.ts';
import type { DumpSockets } from './per-service.ts';

/** Sockets to the kernel's IPVS in the network namespace at `netns`. Throws a SystemCallError. */
export function openDumpSockets(netns: string | undefined): DumpSockets {
  const open = (): NetlinkSocket => NetlinkSocket.open({ protocol: NetlinkProtocol.GENERIC, netns });
  const forServices = open();
  try {
    return {
      forServices,
      forDestinations: open(),
      async help(shared) {
        const { startHelper } = await import('./dump-helper.ts');
        return startHelper(open(), shared);
      },
    };
  } catch (error) {
    forServices.close();
    throw error;
  }
}
