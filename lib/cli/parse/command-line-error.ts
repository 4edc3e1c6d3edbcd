/** Exit statuses, as ipvsadm gives them. */
export const Status = {
  DONE: 0,
  /** A listing could not be made. */
  LISTING_FAILED: 1,
  /** The command line breaks a rule, or IPVS cannot be reached at all. */
  WRONG_USE: 2,
  /** The reader of standard output went away, as a shell shows SIGPIPE. */
  PIPE_CLOSED: 141,
  /** An option cannot be read, or the kernel refused the command. */
  REFUSED: 255,
} as const;

/** A command line that is wrong; nothing has been sent. */
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
