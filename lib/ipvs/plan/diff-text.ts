import type { DestinationDifference, FieldDifference, ServiceDifference } from './compare/differences.ts';

/** How a diff is written. */
export interface DiffTextOptions {
  /** Colours for a terminal. Default: none. */
  readonly colour?: boolean | undefined;
}

const SIGNS = { add: '+', change: '~', remove: '-', drain: '-' } as const;
/** SGR parameters: green, yellow, red. */
const COLOURS = { add: 32, change: 33, remove: 31, drain: 31 } as const;

/**
 * Differences as text for people, a line for each object that is added (`+`), changed (`~`) or
 * removed (`-`), destinations indented below their service; empty when there are none.
 */
export function diffText(
  differences: Iterable<ServiceDifference>,
  { colour = false }: DiffTextOptions = {},
): string {
  let text = '';
  const put = (change: DestinationDifference['change'], indent: string, line: string): void => {
    const whole = `${indent}${SIGNS[change]} ${line}`;
    text += `${colour ? `\x1b[${COLOURS[change]}m${whole}\x1b[39m` : whole}\n`;
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
