/**
 * The message for an error of `node:fs`: the file, the problem, the system call and its error. `file` is used if the
 * error does not name one. The message of any other error is returned unchanged.
 */
export function fileErrorText(error: Error, file?: string): string {
  const { code, syscall, path = file, message } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined || !message.startsWith(`${code}: `)) return message;
  const description = message.slice(code.length + 2).split(`, ${syscall}`)[0];
  return `${path === undefined ? '' : `${path}: `}${description} (${syscall}: ${code})`;
}
