import {
  CONTROLLER_ID,
  CONTROLLER_NAME,
  ControllerCommand,
  decodeFamily,
  genericCommand,
} from '../../protocol/genetlink/index.ts';
import type { Message } from '../../protocol/netlink/index.ts';

/** Names of generic netlink families by id; the id of a family is the type of its messages. */
export type FamilyNames = ReadonlyMap<number, string>;

/** The family nlctrl, whose id is fixed (GENL_ID_CTRL); it reports the ids of the others. */
export const builtInFamilies: FamilyNames = new Map([[CONTROLLER_ID, CONTROLLER_NAME]]);

/**
 * Adds the family in a reply of nlctrl (CTRL_CMD_NEWFAMILY) to `names`; ignores any other message. Throws a
 * DecodeError for a malformed reply.
 */
export function addFamily(message: Message, names: Map<number, string>): void {
  if (message.type !== CONTROLLER_ID || genericCommand(message) !== ControllerCommand.NEW_FAMILY) return;
  const { id, name } = decodeFamily(message);
  names.set(id, name);
}
