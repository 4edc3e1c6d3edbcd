export {
  DesiredFileError,
  type FileErrorDetail,
  type FileFormat,
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
  desiredFileOf,
  desiredFileText,
  desiredTableText,
} from './write.ts';
