import {
  CONTROLLER_VERSION,
  ControllerCommand,
  controllerAttributes,
  controllerCodec,
  OperationFlag,
} from '../../protocol/genetlink/index.ts';
import { MessageWriter } from '../../protocol/netlink/index.ts';
import { AttributePolicy } from './attribute-policy.ts';
import { MESSAGE_OVERHEAD } from './dump-datagram.ts';
import type { Dump, FakeFamily, FakeOperation, OperationRequest } from './family.ts';
import { Errno, RequestRefused } from './request-refused.ts';

/** Returns the families of a kernel with their ids, in ascending order. */
export type ListFamilies = () => readonly (readonly [id: number, family: FakeFamily])[];

const { id, name } = controllerAttributes.family;
const policy = new AttributePolicy({ id, name }, { name: 15 });

/**
 * Returns the family nlctrl: GETFAMILY by id or name, and as a dump. GETPOLICY of any family fails with
 * ENODATA, as for one without a policy.
 *
 * @param packsDone whether NLMSG_DONE is in the same datagram as the last family
 * @param load called to load a module if a family that is requested by name does not exist
 */
export function controllerFamily(
  families: ListFamilies,
  packsDone: boolean,
  load: (name: string) => void,
): FakeFamily {
  return {
    name: 'nlctrl',
    version: CONTROLLER_VERSION,
    headerSize: 0,
    maxAttribute: 0,
    resvStartOp: ControllerCommand.GET_POLICY + 1,
    operations: [
      {
        command: ControllerCommand.GET_FAMILY,
        admin: false,
        hasPolicy: true,
        run: (request) => {
          const [foundId, family] = find(request, families, load);
          request.reply(ControllerCommand.NEW_FAMILY, CONTROLLER_VERSION, encodeFamily(foundId, family));
        },
        dump: () => familyDump(families, packsDone),
      },
      {
        command: ControllerCommand.GET_POLICY,
        admin: false,
        hasPolicy: true,
        dump: (request) => {
          find(request, families, load);
          throw new RequestRefused(Errno.ENODATA, 'the family has no policy');
        },
      },
    ],
    groups: [{ id: 16, name: 'notify' }],
  };
}

function find(
  request: OperationRequest,
  families: ListFamilies,
  load: (name: string) => void,
): ReturnType<ListFamilies>[number] {
  const attributes = policy.parse(request.view, request.attributesOffset, request.end, request.offset);
  if (attributes.warning !== undefined) request.warn(attributes.warning);
  let found: ReturnType<ListFamilies>[number] | undefined;
  if (attributes.has('name')) {
    const familyName = attributes.string('name');
    const byName = (): typeof found => families().find(([, family]) => family.name === familyName);
    found = byName();
    if (found === undefined) {
      load(familyName);
      found = byName();
    }
  } else if (attributes.has('id')) {
    const requestedId = attributes.u16('id');
    found = families().find(([familyId]) => familyId === requestedId);
  } else throw new RequestRefused(Errno.EINVAL, 'neither id nor name is given');
  if (found === undefined) throw new RequestRefused(Errno.ENOENT, 'no such family');
  return found;
}

/** Returns the flags that nlctrl reports for an operation. */
function operationFlags(operation: FakeOperation): number {
  return (
    (operation.admin ? OperationFlag.ADMIN : 0) |
    (operation.run === undefined ? 0 : OperationFlag.DO) |
    (operation.dump === undefined ? 0 : OperationFlag.DUMP) |
    (operation.hasPolicy ? OperationFlag.HAS_POLICY : 0)
  );
}

/** Encodes the attributes of a family in the kernel's order (`ctrl_fill_info`). */
function encodeFamily(familyId: number, family: FakeFamily): Uint8Array {
  const writer = new MessageWriter(512);
  controllerCodec.encode('family', writer, { name: family.name });
  controllerCodec.encode('family', writer, {
    id: familyId,
    version: family.version,
    headerSize: family.headerSize,
    maxAttribute: family.maxAttribute,
  });
  if (family.operations.length > 0) {
    const operations = family.operations.map((operation) => ({
      id: operation.command,
      flags: operationFlags(operation),
    }));
    controllerCodec.encode('family', writer, { operations });
  }
  const [, , groupSet] = controllerAttributes.family.groups;
  if (family.groups.length > 0) {
    const list = writer.beginAttribute(controllerAttributes.family.groups[0]);
    for (const [index, group] of family.groups.entries()) {
      const entry = writer.beginAttribute(index + 1);
      controllerCodec.encode(groupSet, writer, { id: group.id });
      controllerCodec.encode(groupSet, writer, { name: group.name });
      writer.endAttribute(entry);
    }
    writer.endAttribute(list);
  }
  return writer.copy();
}

function familyDump(familiesNow: ListFamilies, packsDone: boolean): Dump {
  let index = 0;
  return {
    fill(datagram) {
      const families = familiesNow();
      for (; index < families.length; index++) {
        const attributes = encodeFamily(...families[index]!);
        if (datagram.remaining < MESSAGE_OVERHEAD + attributes.length) break;
        const message = datagram.begin(ControllerCommand.NEW_FAMILY, CONTROLLER_VERSION);
        datagram.writer.raw(attributes);
        datagram.end(message);
      }
      return packsDone ? index < families.length : datagram.writer.length > 0;
    },
  };
}
