export {
  DesiredFileError,
  type FileFormat,
  type FileMistake,
  parseDesiredState,
  type ReadFileOptions,
  readDesiredFile,
} from './read.ts';
export { desiredStateSchema, type Schema } from './schema.ts';
export { type DesiredFile, desiredFileOf, desiredFileText } from './write.ts';
