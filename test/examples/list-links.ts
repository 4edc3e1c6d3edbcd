/** Lists the network interfaces of this machine, without any privilege. */
import { Connection, listLinks, NetlinkProtocol } from 'ipvs-netlink/netlink';

export async function linkNames(): Promise<string[]> {
  const connection = await Connection.open({ protocol: NetlinkProtocol.ROUTE });
  try {
    return (await connection.run(listLinks())).map(({ name }) => name);
  } finally {
    await connection.close();
  }
}
