import { ATTRIBUTE_HEADER_LENGTH, align, type ByteView, type MessageWriter } from '../netlink/index.ts';
import { SERVICE, serviceIndex } from './service-nest.ts';

const KEY_TYPES: readonly number[] = [
  SERVICE.family,
  SERVICE.protocol,
  SERVICE.address,
  SERVICE.port,
  SERVICE.mark,
].map(([type]) => type);

/**
 * Appends the identifying attributes of the SERVICE nest at `start` to `end`, byte for byte: what a
 * request about a service that was just read needs, without making and parsing its text.
 */
export function copyServiceKey(view: ByteView, start: number, end: number, writer: MessageWriter): void {
  const { at, lengths } = serviceIndex.find(view, start, end);
  for (const type of KEY_TYPES) {
    if (at[type] === 0) continue;
    const from = start + at[type]!;
    const attribute = writer.beginAttribute(type);
    writer.raw(view.bytes.subarray(from, from + lengths[type]!));
    writer.endAttribute(attribute);
  }
}

/** The headers of the attributes that a service was found to begin with: their words and where they lie. */
interface LeadingKey {
  readonly headers: readonly number[];
  readonly positions: readonly number[];
  readonly length: number;
}

let lastKey: LeadingKey | undefined;

/**
 * How many bytes of the SERVICE nest at `start` to `end` identify the service, headers and padding
 * included: they can be copied into a request as they are. 0 where other attributes stand before or
 * among them. The same terms as for {@link decodeService} hold.
 */
export function leadingKeyLength(view: ByteView, start: number, end: number): number {
  if (lastKey === undefined || !beginsWith(view, start, end, lastKey)) lastKey = learnKey(view, start, end);
  return lastKey.length;
}

function beginsWith(
  { words }: ByteView,
  start: number,
  end: number,
  { headers, positions, length }: LeadingKey,
): boolean {
  if (length === 0 || length > end - start) return false;
  const base = start >> 2;
  for (let index = 0; index < headers.length; index++)
    if (words[base + positions[index]!] !== headers[index]) return false;
  return true;
}

function learnKey(view: ByteView, start: number, end: number): LeadingKey {
  const { at, lengths } = serviceIndex.find(view, start, end);
  const present = KEY_TYPES.filter((type) => at[type] !== 0);
  const positions = present.map((type) => (at[type]! - ATTRIBUTE_HEADER_LENGTH) >> 2);
  const ends = present.map((type) => at[type]! + align(lengths[type]!));
  const length = present.reduce((sum, type) => sum + ATTRIBUTE_HEADER_LENGTH + align(lengths[type]!), 0);
  const leading = (start & 3) === 0 && Math.max(...ends) === length;
  const headers = positions.map((position) => view.words[(start >> 2) + position]!);
  return { headers, positions, length: leading ? length : 0 };
}
