import type { Family } from '../../../../protocol/ipvs/index.ts';
import type { Statement } from '../syntax/blocks.ts';
import { addressRange } from './ranges.ts';
import type { ValueParser } from './values.ts';

/** What a virtual server listens on: an address and port (0 for none), or a firewall mark. */
export type Listener =
  | { readonly family: Family; readonly address: string; readonly port: number; readonly mark?: undefined }
  | { readonly family: Family | undefined; readonly mark: number };

/** Maximum of a firewall mark. */
export const MAX_MARK = 0xffffffff;

/** Returns the addresses and marks of a `virtual_server_group`; an empty list if keepalived would remove the group. */
export function groupMembers(
  { keyword, values: words, block }: Statement,
  parser: ValueParser,
): readonly Listener[] {
  const members = (block ?? []).flatMap((member) =>
    member.keyword.text === 'fwmark' ? markMember(member, parser) : addressMembers(member, parser),
  );
  const families = new Set(members.map(({ family }) => family));
  if (families.size < 3) return members;
  const text = `${words[0]!.text} has addresses of both families and a mark without a family, and is left out`;
  parser.report.note(keyword, keyword.text, text);
  return [];
}

function markMember(member: Statement, parser: ValueParser): readonly Listener[] {
  if (!parser.checkCount(member, 1, 2)) return [];
  const mark = parser.number(member.keyword, member.values[0], 1, MAX_MARK);
  const family = member.values[1] && parser.family(member.keyword, member.values[1]);
  return mark === undefined ? [] : [{ family, mark }];
}

function addressMembers(member: Statement, parser: ValueParser): readonly Listener[] {
  if (!parser.checkCount(member, 0, 1)) return [];
  const port =
    member.values[0] === undefined ? 0 : parser.number(member.keyword, member.values[0], 0, 0xffff);
  if (port === undefined) return [];
  try {
    const { family, addresses } = addressRange(member.keyword.text);
    if (!parser.countObjects(member.keyword, addresses.length)) return [];
    return addresses.map((address) => ({ family, address, port }));
  } catch (error) {
    parser.report.error(member.keyword, (error as Error).message);
    return [];
  }
}
