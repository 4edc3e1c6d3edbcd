import type { Message } from '../netlink/index.ts';
import { AttributeCodec, DecodeError } from '../netlink/index.ts';
import { genericPayload } from './messages.ts';

/**
 * The message type of nlctrl, the generic netlink controller, which describes all families (`GENL_ID_CTRL`).
 */
export const CONTROLLER_ID = 16;
/** The name of the controller's family. */
export const CONTROLLER_NAME = 'nlctrl';
/** The version of nlctrl that requests name. */
export const CONTROLLER_VERSION = 2;

/** Commands of nlctrl (`CTRL_CMD_*`). */
export const ControllerCommand = {
  NEW_FAMILY: 1,
  DELETE_FAMILY: 2,
  GET_FAMILY: 3,
  NEW_MULTICAST_GROUP: 7,
  DELETE_MULTICAST_GROUP: 8,
  GET_POLICY: 10,
} as const;

/** Flags of an operation (`GENL_*`, in CTRL_ATTR_OP_FLAGS). */
export const OperationFlag = {
  /** Needs CAP_NET_ADMIN. */
  ADMIN: 0x01,
  DO: 0x02,
  DUMP: 0x04,
  HAS_POLICY: 0x08,
  /** Needs CAP_NET_ADMIN in the user namespace that owns the network namespace. */
  USER_NAMESPACE_ADMIN: 0x10,
} as const;

/** Attribute sets of nlctrl (`CTRL_ATTR_*`). */
export const controllerAttributes = {
  family: {
    id: [1, 'u16'],
    name: [2, 'string'],
    version: [3, 'u32'],
    headerSize: [4, 'u32'],
    maxAttribute: [5, 'u32'],
    operations: [6, 'indexed-array', 'operation'],
    groups: [7, 'indexed-array', 'group'],
    policy: [8, 'bytes', 'multi'],
    operationPolicy: [9, 'bytes', 'multi'],
    operation: [10, 'u32'],
  },
  operation: { id: [1, 'u32'], flags: [2, 'u32'] },
  group: { name: [1, 'string'], id: [2, 'u32'] },
} as const;

/** Encodes and decodes nlctrl's attributes. */
export const controllerCodec: AttributeCodec<typeof controllerAttributes> = new AttributeCodec(
  controllerAttributes,
  // The kernel writes nlctrl's nests without NLA_F_NESTED.
  { nestedFlag: false },
);

/** A generic netlink family as nlctrl describes it. */
export interface GenericFamily {
  /** The message type of the family; assigned at run time. */
  readonly id: number;
  /** Name of the family, such as `IPVS`; at most 15 bytes. */
  readonly name: string;
  /** Version of the family. */
  readonly version: number;
  /** Length of the family-specific header after the generic one, in bytes. */
  readonly headerSize: number;
  /** The highest attribute type of the family; 0 if not reported. */
  readonly maxAttribute: number;
  /** The operations that the kernel lists. */
  readonly operations: readonly FamilyOperation[];
  /** The multicast groups. */
  readonly groups: readonly MulticastGroup[];
}

/** An operation of a family. */
export interface FamilyOperation {
  /** The command number. */
  readonly id: number;
  /** Flags of the operation, see {@link OperationFlag}. */
  readonly flags: number;
}

/** A multicast group of a family. */
export interface MulticastGroup {
  /** Number of the group, by which a socket joins it; assigned at run time. */
  readonly id: number;
  /** Name of the group. */
  readonly name: string;
}

/** Decodes a NEW_FAMILY message; throws a {@link DecodeError} if the id or name is missing. */
export function decodeFamily(message: Message): GenericFamily {
  const start = genericPayload(message);
  const values = controllerCodec.decode('family', message.view, start, message.end);
  const { id, name } = values;
  if (id === undefined) throw new DecodeError('is missing', start, 'family.id');
  if (name === undefined) throw new DecodeError('is missing', start, 'family.name');
  return {
    id,
    name,
    version: values.version ?? 0,
    headerSize: values.headerSize ?? 0,
    maxAttribute: values.maxAttribute ?? 0,
    operations: (values.operations ?? []).map((operation) => ({
      id: operation.id ?? 0,
      flags: operation.flags ?? 0,
    })),
    groups: (values.groups ?? []).map((group) => ({ id: group.id ?? 0, name: group.name ?? '' })),
  };
}
