/** Exit statuses, as ipvsadm gives them. */
export const Status = {
  DONE: 0,
  /** A listing could not be made. */
  LISTING_FAILED: 1,
  /** The command line breaks a rule, or IPVS cannot be reached at all. */
  WRONG_USE: 2,
  /** The reader of standard output has closed it: the status that a shell gives for SIGPIPE. */
  PIPE_CLOSED: 141,
  /** An option cannot be read, or the kernel refused the command. */
  REFUSED: 255,
} as const;

/** The failure of a command line, with the message for standard error and the exit status. */
export class CommandLineError extends Error {
  readonly code = 'ERR_COMMAND_LINE';
  /** The exit status for an error. */
  readonly status: number;

  constructor(message: string, status: number = Status.WRONG_USE) {
    super(message);
    this.name = 'CommandLineError';
    this.status = status;
  }
}
