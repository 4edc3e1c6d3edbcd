import type { DestinationDifference, FieldDifference, ServiceDifference } from './compare/differences.ts';

/** Options of {@link diffText}. */
export interface DiffTextOptions {
  /** Whether to use terminal colours. Default: false. */
  readonly colour?: boolean | undefined;
}

const SIGNS = { add: '+', change: '~', remove: '-', drain: '-' } as const;
/** SGR parameters: green, yellow, red. */
const COLOURS = { add: 32, change: 33, remove: 31, drain: 31 } as const;

/**
 * Formats differences as text: a line for each object that is added (`+`), changed (`~`) or
 * removed (`-`), with destinations indented below their service. Empty if there are none.
 */
export function diffText(
  differences: Iterable<ServiceDifference>,
  { colour = false }: DiffTextOptions = {},
): string {
  let text = '';
  const put = (change: DestinationDifference['change'], indent: string, line: string): void => {
    const signed = `${indent}${SIGNS[change]} ${line}`;
    text += `${colour ? `\x1b[${COLOURS[change]}m${signed}\x1b[39m` : signed}\n`;
  };
  for (const { change, service, fields, destinations } of differences) {
    put(change, '', [service, ...fields.map(fieldText)].join(' '));
    for (const destination of destinations) {
      const draining = destination.change === 'drain' ? ['draining'] : [];
      const words = [destination.destination, ...draining, ...destination.fields.map(fieldText)];
      put(destination.change, '    ', words.join(' '));
    }
  }
  return text;
}

function fieldText({ field, current, desired }: FieldDifference): string {
  if (current === '') return `${field}=${desired}`;
  return `${field}=${current}->${desired === '' ? '(none)' : desired}`;
}
