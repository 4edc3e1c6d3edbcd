import { constants } from 'node:os';
import type { GenericFamily } from '../../../protocol/genetlink/index.ts';
import {
  CONTROLLER_ID,
  CONTROLLER_VERSION,
  ControllerCommand,
  controllerCodec,
  decodeFamily,
  GENERIC_HEADER_LENGTH,
  writeGenericHeader,
} from '../../../protocol/genetlink/index.ts';
import type { MessageWriter } from '../../../protocol/netlink/index.ts';
import { FamilyNotFoundError, KernelError } from '../errors.ts';
import { attributePathIn } from '../request/attribute-path.ts';
import type { Operation } from '../request/operation.ts';
import { perform } from '../request/operation.ts';
import type { ListRequest } from '../request/request.ts';
import { doRequest, listRequest } from '../request/request.ts';

function writeHeader(writer: MessageWriter): void {
  writeGenericHeader(writer, { command: ControllerCommand.GET_FAMILY, version: CONTROLLER_VERSION });
}

/** Asks nlctrl for one family; the result is a list of one. */
export function getFamily(name: string): ListRequest<GenericFamily> {
  return doRequest({
    command: 'GETFAMILY',
    object: `family ${name}`,
    type: CONTROLLER_ID,
    encode: (writer) => {
      writeHeader(writer);
      controllerCodec.encode('family', writer, { name });
    },
    decode: decodeFamily,
    attributePath: attributePathIn(controllerCodec, 'family', GENERIC_HEADER_LENGTH),
  });
}

/** Asks nlctrl for every family that is registered. */
export function listFamilies(): ListRequest<GenericFamily> {
  return listRequest({
    command: 'GETFAMILY',
    type: CONTROLLER_ID,
    encode: writeHeader,
    decode: decodeFamily,
  });
}

/** The families of one kernel by name: each is looked up once. */
export class FamilyDirectory {
  readonly #families = new Map<string, GenericFamily>();

  /**
   * The family called `name`; looking for it makes the kernel load its module where it may.
   *
   * Throws a {@link FamilyNotFoundError}, with `hint`, when there is none.
   */
  *family(name: string, hint?: string): Operation<GenericFamily> {
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    try {
      const [family] = yield* perform(getFamily(name));
      if (family === undefined) throw new FamilyNotFoundError(name, hint);
      this.#families.set(name, family);
      return family;
    } catch (error) {
      throw isUnknown(error) ? new FamilyNotFoundError(name, hint) : error;
    }
  }

  /** Lists every family that is registered, and remembers them in place of those known before. */
  *families(): Operation<GenericFamily[]> {
    const families = yield* perform(listFamilies());
    this.#families.clear();
    for (const family of families) this.#families.set(family.name, family);
    return families;
  }

  /** Forgets a family, so that it is looked up again. */
  forget(name: string): void {
    this.#families.delete(name);
  }

  /**
   * Runs `operation` with the family called `name`.
   *
   * A kernel answers ENOENT to a message type that no family has, which happens when the family's module was
   * loaded again. So after an ENOENT the family is looked up again, and when its id is another one the
   * operation, which cannot have changed anything, runs once more; otherwise the error is the operation's
   * own (rule 16).
   */
  *withFamily<Result, Item>(
    name: string,
    operation: (family: GenericFamily) => Operation<Result, Item>,
    hint?: string,
  ): Operation<Result, Item> {
    const family = yield* this.family(name, hint);
    try {
      return yield* operation(family);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      this.forget(name);
      const again = yield* this.family(name, hint);
      if (again.id === family.id) throw error;
      return yield* operation(again);
    }
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof KernelError && error.errno === constants.errno.ENOENT;
}
