export {
  DesiredFileError,
  type FileErrorDetail,
  type FileFormat,
  type ParseFileOptions,
  parseDesiredServices,
  parseDesiredState,
  type ReadFileOptions,
  readDesiredServices,
  readDesiredState,
} from './read.ts';
export { desiredStateSchema, type Schema } from './schema.ts';
export {
  type DesiredFile,
  desiredFileOf,
  desiredFileText,
  desiredStateText,
} from './write.ts';
