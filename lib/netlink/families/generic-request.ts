import type { GenericFamily } from '../../../protocol/genetlink/index.ts';
import {
  GENERIC_HEADER_LENGTH,
  genericHeader,
  genericPayload,
  writeGenericHeader,
} from '../../../protocol/genetlink/index.ts';
import type { AttributeCodec, AttributeValues, Message } from '../../../protocol/netlink/index.ts';
import { align, DecodeError, FieldError, MessageWriter } from '../../../protocol/netlink/index.ts';
import { attributePathIn } from '../request/attribute-path.ts';
import { boolean, checkOptions, type OptionChecks, string, wholeNumber } from '../request/check-options.ts';
import type { Operation } from '../request/operation.ts';
import { perform } from '../request/operation.ts';
import type { ListRequest } from '../request/request.ts';
import { doRequest, dumpRequest } from '../request/request.ts';
import { FamilyDirectory } from './family-directory.ts';

/** A request to a generic netlink family, see {@link genericRequest}. */
export interface GenericRequest<
  Sets,
  SetName extends keyof Sets & string,
  ReplySetName extends keyof Sets & string = SetName,
> {
  /** Name of the family, such as `ethtool`. */
  readonly family: string;
  /** The command's number, 0 to 255. */
  readonly command: number;
  /** The command's name, for error messages. Default: `command 3 of ethtool`. */
  readonly commandName?: string | undefined;
  /** The codec for the family's attributes. */
  readonly codec: AttributeCodec<Sets>;
  /** The attribute set of the request. */
  readonly set: SetName;
  /** The attribute set of the replies. Default: the set of the request. */
  readonly replySet?: ReplySetName | undefined;
  /** The attributes of the request. Default: none. */
  readonly attributes?: AttributeValues<Sets, SetName> | undefined;
  /** Whether the request is a dump. Default: false. */
  readonly dump?: boolean | undefined;
  /** Header flags besides REQUEST, ACK and DUMP, 0 to 65535. Default: 0. */
  readonly flags?: number | undefined;
  /** Version in the generic netlink header, 0 to 255. Default: the family's. */
  readonly version?: number | undefined;
  /** The family-specific header, of the length that the family requires. Default: zeros. */
  readonly header?: Uint8Array | undefined;
  /** The hint of the error if there is no such family. */
  readonly hint?: string | undefined;
}

/** One reply to a {@link GenericRequest}. */
export interface GenericReply<Values> {
  /** The command in the reply's generic netlink header. */
  readonly command: number;
  /** The family-specific header; empty if the family has none. */
  readonly header: Uint8Array;
  /** The attributes of the reply, by name. */
  readonly attributes: Values;
}

const anything = (): void => undefined;
const byte = wholeNumber(0, 0xff);
const checks: OptionChecks<GenericRequest<unknown, never>> = {
  family: string,
  command: byte,
  commandName: anything,
  codec: anything,
  set: anything,
  replySet: anything,
  attributes: anything,
  dump: boolean,
  flags: wholeNumber(0, 0xffff),
  version: byte,
  header: (name, value) => {
    if (!(value instanceof Uint8Array)) throw new FieldError(name, value, 'must be bytes');
  },
  hint: anything,
};

/**
 * Returns an operation, for `Connection.perform` or `ConnectionSync.perform`, that sends a request to any
 * generic netlink family. Its result is the list of replies: all replies of a dump; for any other request (a
 * do), the one reply before the ack, or none.
 *
 * The family is looked up in `directory`: pass the same one with all requests on a connection, or use
 * `GenericNetlink.request`, to look up each family once.
 *
 * Throws a {@link FieldError}, before anything is sent, for invalid attributes and options. The operation
 * fails with a `FamilyNotFoundError`, a `KernelError` with the path of the offending attribute, a
 * {@link DecodeError}, or a `MalformedReplyError`.
 */
export function genericRequest<
  const Sets,
  SetName extends keyof Sets & string,
  ReplySetName extends keyof Sets & string = SetName,
>(
  request: GenericRequest<Sets, SetName, ReplySetName>,
  directory: FamilyDirectory = new FamilyDirectory(),
): Operation<GenericReply<AttributeValues<Sets, ReplySetName>>[]> {
  checkOptions(request, checks);
  const { family, command, codec, set, replySet = set, attributes, hint } = request;
  for (const [name, value] of Object.entries({ set, replySet }))
    if (!Object.hasOwn(codec.sets, value)) throw new FieldError(name, value, 'must be a set of the codec');
  string('family', family);
  byte('command', command);
  const writer = new MessageWriter();
  codec.encode(set, writer, attributes ?? ({} as AttributeValues<Sets, SetName>));
  const body = writer.copy();
  return directory.withFamily(family, (resolved) => perform(requestTo(resolved, request, body)), hint);
}

function requestTo<Sets, SetName extends keyof Sets & string, ReplySetName extends keyof Sets & string>(
  family: GenericFamily,
  request: GenericRequest<Sets, SetName, ReplySetName>,
  body: Uint8Array,
): ListRequest<GenericReply<AttributeValues<Sets, ReplySetName>>> {
  const { command, codec, set, replySet, flags } = request;
  const { version = family.version, header = new Uint8Array(family.headerSize) } = request;
  if (header.length !== family.headerSize)
    throw new FieldError('header', `${header.length} bytes`, `must be ${family.headerSize} bytes`);
  const headerLength = align(family.headerSize);
  const makeRequest = request.dump === true ? dumpRequest : doRequest;
  return makeRequest({
    command: request.commandName ?? `command ${command} of ${family.name}`,
    type: family.id,
    flags,
    requiresReply: false,
    encode: (writer) => {
      writeGenericHeader(writer, { command, version });
      writer.raw(header);
      writer.reserve(headerLength - header.length);
      writer.raw(body);
    },
    decode: (message) => {
      const start = genericPayload(message) + headerLength;
      const replyHeader = familyHeader(message, family.headerSize, start);
      // Without `replySet` the type ReplySetName defaults to the type of `set`.
      const replySetName = (replySet ?? set) as ReplySetName;
      const values = codec.decode(replySetName, message.view, start, message.end);
      return { command: genericHeader(message).command, header: replyHeader, attributes: values };
    },
    attributePath: attributePathIn(codec, set, GENERIC_HEADER_LENGTH + headerLength),
  });
}

/** Returns the family-specific header of a reply, whose attributes start at the offset `attributesStart`. */
function familyHeader(message: Message, length: number, attributesStart: number): Uint8Array {
  const { view, end } = message;
  const start = genericPayload(message);
  if (attributesStart > end) throw new DecodeError("the family's header is truncated", start);
  return view.bytes.slice(start, start + length);
}
