export type { ChangedField, TableChange, TableSnapshot, TableState, WatchEvent } from './events.ts';
export type { WatchOptions } from './options.ts';
