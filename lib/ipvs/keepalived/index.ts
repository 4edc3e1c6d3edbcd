export type { Configuration, ConfigurationFile } from './lines.ts';
export { type KeepalivedTable, parseKeepalived } from './parse.ts';
export { type KeepalivedOptions, readKeepalived } from './read.ts';
export { KeepalivedError, type KeepalivedMistake, type KeepalivedNote, type Position } from './report.ts';
