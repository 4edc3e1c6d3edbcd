export type { DesiredTable } from './desired-table.ts';
export {
  DesiredFileError,
  type FileFormat,
  type FileMistake,
  type ParseFileOptions,
  parseDesiredState,
  parseDesiredTable,
  type ReadFileOptions,
  readDesiredFile,
  readDesiredTable,
} from './read.ts';
export { desiredStateSchema, type Schema } from './schema.ts';
export {
  type DesiredFile,
  type DesiredSettings,
  desiredFileOf,
  desiredFileText,
  desiredTableText,
} from './write.ts';
