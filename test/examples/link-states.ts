/** Asks a generic netlink family, here ethtool, whether each link is up. */
import { AttributeCodec, GenericNetlink } from 'ipvs-netlink/netlink';

const ETHTOOL_MSG_LINKSTATE_GET = 6;
const codec = new AttributeCodec({
  header: { deviceName: [2, 'string'] },
  linkState: { header: [1, 'nest', 'header'], link: [2, 'u8'] },
});

export async function linkStates(): Promise<[name: string, up: boolean][]> {
  const netlink = await GenericNetlink.open();
  const request = { family: 'ethtool', command: ETHTOOL_MSG_LINKSTATE_GET, codec, set: 'linkState' } as const;
  const replies = await netlink.request({ ...request, dump: true }).finally(() => netlink.close());
  return replies.map(({ attributes }) => [attributes.header?.deviceName ?? '', attributes.link === 1]);
}
