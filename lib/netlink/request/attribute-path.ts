import type { AttributeCodec } from '../../../protocol/netlink/index.ts';
import { ByteView, HEADER_LENGTH } from '../../../protocol/netlink/index.ts';

/**
 * Returns a function for `Call.attributePath`, which converts the offsets of extended acks to attribute paths. The
 * requests have attributes of the set `set` after `headerLength` bytes that follow the header of the message, such as
 * the generic netlink header.
 */
export function attributePathIn<const Sets>(
  codec: AttributeCodec<Sets>,
  set: keyof Sets & string,
  headerLength: number,
): (request: Uint8Array, offset: number, missing?: number) => string | undefined {
  const start = HEADER_LENGTH + headerLength;
  return (request, offset, missing) => {
    const view = new ByteView(request);
    if (missing === undefined) return codec.pathAt(set, view, start, request.length, offset);
    return codec.pathOfMissing(set, view, start, request.length, offset, missing);
  };
}
