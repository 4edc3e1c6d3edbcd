import { destinationKeyText, serviceKeyText, type WatchEvent } from '../../../../lib/index.ts';

const SIGNS = { added: '+', changed: '~', removed: '-' } as const;

/** An event as a short text. */
export function eventText(event: WatchEvent): string {
  if (!('service' in event)) return event.event;
  const [kind, change] = event.event.split('-') as ['service' | 'destination', keyof typeof SIGNS];
  const key =
    kind === 'service'
      ? serviceKeyText(event.service)
      : `${serviceKeyText(event.service)} > ${destinationKeyText((event as never as { destination: never }).destination)}`;
  const start = `${SIGNS[change]} ${key}`;
  if ('fields' in event)
    return `${start} ${event.fields
      .map(({ field, previous, current }) => `${field}=${previous}/${current}`)
      .sort()
      .join(' ')}`;
  const entry = 'current' in event ? event.current : event.previous;
  return `${start} ${'scheduler' in entry ? entry.scheduler : entry.weight}`;
}
