import type { AttributeValues } from '../../netlink/index.ts';
import type { ipvsAttributes } from '../fields/attributes.ts';

/** The raw attributes of a service. */
export type ServiceValues = AttributeValues<typeof ipvsAttributes, 'service'>;
/** The raw attributes of a destination. */
export type DestinationValues = AttributeValues<typeof ipvsAttributes, 'destination'>;
/** The raw attributes of a sync daemon. */
export type DaemonValues = AttributeValues<typeof ipvsAttributes, 'daemon'>;
/** The raw attributes of the top level. */
export type CommandValues = AttributeValues<typeof ipvsAttributes, 'command'>;
