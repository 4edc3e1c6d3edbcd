import type { DescribedAttribute } from './describe-attributes.ts';
import type { DescribedMessage } from './describe-message.ts';

/**
 * Formats a described message as lines: the netlink header first, then the extended ack's attributes, the family's own
 * header, and one line for each attribute, nests indented.
 */
export function describeLines(described: DescribedMessage): string[] {
  const { type, command, flags, sequence, portId, length, errno, extended, header, payload, problem } =
    described;
  const head = [type, command, errno].filter((word) => word !== undefined).join(' ');
  const lines = [
    `${head} [${flags.join(' ')}] sequence ${sequence} port ${portId}, ${length} bytes`,
    ...Object.entries(extended ?? {}).map(([name, value]) => `  ${name}: ${value}`),
  ];
  if (header !== undefined) lines.push(`  header: ${header}`);
  const add = (attributes: readonly DescribedAttribute[], indent: string): void => {
    for (const { name, value, attributes: inside } of attributes) {
      lines.push(inside === undefined ? `${indent}${name}: ${value}` : `${indent}${name}`);
      if (inside !== undefined) add(inside, `${indent}  `);
    }
  };
  add(described.attributes ?? [], '  ');
  if (payload !== undefined && payload !== '') lines.push(`  payload: ${payload}`);
  if (problem !== undefined) lines.push(`  problem: ${problem}`);
  return lines;
}
