export { type KeepalivedImport, parseKeepalived } from './parse.ts';
export { type KeepalivedOptions, readKeepalived } from './read.ts';
export type { Configuration, ConfigurationFile } from './syntax/lines.ts';
export {
  KeepalivedError,
  type KeepalivedErrorDetail,
  type KeepalivedNote,
  type Position,
} from './syntax/report.ts';
