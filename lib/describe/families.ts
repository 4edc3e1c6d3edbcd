import {
  CONTROLLER_ID,
  CONTROLLER_NAME,
  ControllerCommand,
  decodeFamily,
  genericCommand,
} from '../../protocol/genetlink/index.ts';
import type { Message } from '../../protocol/netlink/index.ts';

/** Names of generic netlink families by their id, which is a message type. */
export type FamilyNames = ReadonlyMap<number, string>;

/** The only family whose id is the same everywhere: nlctrl, which tells the others. */
export const builtInFamilies: FamilyNames = new Map([[CONTROLLER_ID, CONTROLLER_NAME]]);

/**
 * Adds the family that a reply of nlctrl (CTRL_CMD_NEWFAMILY) tells; any other message adds nothing. Throws a
 * DecodeError for a malformed reply.
 */
export function learnFamily(message: Message, names: Map<number, string>): void {
  if (message.type !== CONTROLLER_ID || genericCommand(message) !== ControllerCommand.NEW_FAMILY) return;
  const { id, name } = decodeFamily(message);
  names.set(id, name);
}
