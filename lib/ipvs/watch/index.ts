export type { AvailabilityEvent, ChangedField, TableChange, TableSnapshot, WatchEvent } from './events.ts';
export type { WatchOptions } from './options.ts';
