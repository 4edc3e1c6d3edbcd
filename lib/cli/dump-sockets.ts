import { NetlinkProtocol } from '../../protocol/netlink/index.ts';
import { NetlinkSocket } from '../netlink/socket/socket.ts';
import type { DumpSockets } from './per-service.ts';

/** Another thread takes longer to start than fewer services take to read. */
const MANY_SERVICES = 8192;

/** Sockets to the kernel's IPVS in the network namespace at `netns`. Throws a SystemCallError. */
export function openDumpSockets(netns: string | undefined): DumpSockets {
  const protocol = NetlinkProtocol.GENERIC;
  // Reading after writing never waits (rule 2), so what is not there at once does not come.
  const forDestinations = (): NetlinkSocket =>
    NetlinkSocket.open({ protocol, netns, nonBlocking: true, dropEnds: true });
  const forServices = NetlinkSocket.open({ protocol, netns });
  try {
    return {
      forServices,
      forDestinations: forDestinations(),
      helpedFrom: MANY_SERVICES,
      async help() {
        try {
          const { startHelper } = await import('./dump-helper.ts');
          return startHelper(forDestinations());
        } catch {
          // Too many descriptors or threads: one thread does as well.
          return undefined;
        }
      },
    };
  } catch (error) {
    forServices.close();
    throw error;
  }
}
