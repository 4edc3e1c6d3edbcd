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
import { doRequest, dumpRequest } from '../request/request.ts';

function writeHeader(writer: MessageWriter): void {
  writeGenericHeader(writer, { command: ControllerCommand.GET_FAMILY, version: CONTROLLER_VERSION });
}

/** Returns a request to nlctrl for one family; its result is a list of one. */
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

/** Returns a request to nlctrl for every registered family. */
export function listFamilies(): ListRequest<GenericFamily> {
  return dumpRequest({
    command: 'GETFAMILY',
    type: CONTROLLER_ID,
    encode: writeHeader,
    decode: decodeFamily,
  });
}

/** A cache of a kernel's generic netlink families by name. */
export class FamilyDirectory {
  readonly #families = new Map<string, GenericFamily>();

  /**
   * Returns the family called `name`. The kernel may load the family's module for the look-up.
   *
   * Throws a {@link FamilyNotFoundError}, with `hint`, if there is none.
   */
  *family(name: string, hint?: string): Operation<GenericFamily> {
    const cached = this.#families.get(name);
    if (cached !== undefined) return cached;
    try {
      const [family] = yield* perform(getFamily(name));
      if (family === undefined) throw new FamilyNotFoundError(name, hint);
      this.#families.set(name, family);
      return family;
    } catch (error) {
      throw mayMeanUnknownType(error) ? new FamilyNotFoundError(name, hint) : error;
    }
  }

  /** Returns every registered family, and replaces the contents of the cache by them. */
  *families(): Operation<GenericFamily[]> {
    const families = yield* perform(listFamilies());
    this.#families.clear();
    for (const family of families) this.#families.set(family.name, family);
    return families;
  }

  /** Removes a family from the cache, so that it is looked up again. */
  forget(name: string): void {
    this.#families.delete(name);
  }

  /**
   * Runs `operation` with the family called `name`.
   *
   * The kernel answers ENOENT to an unknown message type, which is the case after the family's module was
   * reloaded. So after an ENOENT the family is looked up again; if its id has changed, the operation, which
   * cannot have changed anything, runs once more. Otherwise its error is thrown (rule 16 of
   * lib/netlink/README.md).
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
      if (!mayMeanUnknownType(error)) throw error;
      this.forget(name);
      const current = yield* this.family(name, hint);
      if (current.id === family.id) throw error;
      return yield* operation(current);
    }
  }
}

/**
 * Whether an error is ENOENT, by which the kernel refuses a message type that no family has, but also other requests, such
 * as for a name that does not exist (rule 16 of lib/netlink/README.md).
 */
export function mayMeanUnknownType(error: unknown): boolean {
  return error instanceof KernelError && error.errno === constants.errno.ENOENT;
}
