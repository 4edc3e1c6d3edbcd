import {
  CONTROLLER_VERSION,
  ControllerCommand,
  controllerAttributes,
  controllerCodec,
  OperationFlag,
} from '../../protocol/genetlink/index.ts';
import { MessageWriter } from '../../protocol/netlink/index.ts';
import { AttributePolicy } from './attribute-policy.ts';
import type { Consistency, DumpPart } from './dump-part.ts';
import { MESSAGE_OVERHEAD } from './dump-part.ts';
import type { Dump, FakeFamily, FakeOperation, OperationRequest } from './family.ts';
import { Errno, RequestRefused } from './request-refused.ts';

/** The families of a kernel by their ids, in ascending order. */
export type Families = () => readonly (readonly [id: number, family: FakeFamily])[];

const { id, name } = controllerAttributes.family;
const policy = new AttributePolicy({ id, name }, { name: 15 });

/**
 * nlctrl: GETFAMILY by id or name, and as a dump. Policies cannot be asked for: the fake kernel
 * answers ENODATA, as for a family without any.
 *
 * @param packsDone whether NLMSG_DONE follows the last family in the same datagram
 * @param load asked to load a module when a family is looked for by name and not there
 */
export function controllerFamily(
  families: Families,
  packsDone: boolean,
  load: (name: string) => void,
): FakeFamily {
  return {
    name: 'nlctrl',
    version: CONTROLLER_VERSION,
    headerSize: 0,
    maxAttribute: 0,
    strictFrom: ControllerCommand.GET_POLICY + 1,
    operations: [
      {
        command: ControllerCommand.GET_FAMILY,
        admin: false,
        listsPolicy: true,
        run: (request) => {
          const [foundId, family] = find(request, families, load);
          request.reply(ControllerCommand.NEW_FAMILY, CONTROLLER_VERSION, describe(foundId, family));
        },
        dump: () => new FamilyDump(families, packsDone),
      },
      {
        command: ControllerCommand.GET_POLICY,
        admin: false,
        listsPolicy: true,
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
  families: Families,
  load: (name: string) => void,
): ReturnType<Families>[number] {
  const attributes = policy.parse(request.view, request.attributes, request.end, request.offset);
  if (attributes.note !== undefined) request.note(attributes.note);
  let found: ReturnType<Families>[number] | undefined;
  if (attributes.has('name')) {
    const wanted = attributes.string('name');
    const byName = (): typeof found => families().find(([, family]) => family.name === wanted);
    found = byName();
    if (found === undefined) {
      load(wanted);
      found = byName();
    }
  } else if (attributes.has('id')) {
    const wanted = attributes.u16('id');
    found = families().find(([familyId]) => familyId === wanted);
  } else throw new RequestRefused(Errno.EINVAL, 'neither id nor name is given');
  if (found === undefined) throw new RequestRefused(Errno.ENOENT, 'no such family');
  return found;
}

/** The capabilities that nlctrl lists for an operation. */
function operationFlags(operation: FakeOperation): number {
  return (
    (operation.admin ? OperationFlag.ADMIN : 0) |
    (operation.run === undefined ? 0 : OperationFlag.DO) |
    (operation.dump === undefined ? 0 : OperationFlag.DUMP) |
    (operation.listsPolicy ? OperationFlag.HAS_POLICY : 0)
  );
}

/** The attributes of a family in the kernel's order (`ctrl_fill_info`). */
function describe(familyId: number, family: FakeFamily): Uint8Array {
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

class FamilyDump implements Dump {
  readonly #families: Families;
  readonly #packsDone: boolean;
  #index = 0;

  constructor(families: Families, packsDone: boolean) {
    this.#families = families;
    this.#packsDone = packsDone;
  }

  fill(part: DumpPart, _consistency: Consistency): boolean {
    const families = this.#families();
    for (; this.#index < families.length; this.#index++) {
      const attributes = describe(...families[this.#index]!);
      if (part.room < MESSAGE_OVERHEAD + attributes.length) break;
      const message = part.begin(ControllerCommand.NEW_FAMILY, CONTROLLER_VERSION);
      part.writer.raw(attributes);
      part.end(message);
    }
    return this.#packsDone ? this.#index < families.length : part.writer.length > 0;
  }
}
