/** Exit statuses, the same as those of ipvsadm. */
export const Status = {
  DONE: 0,
  /** A listing or a save failed, or a capture cannot be read. */
  READ_FAILED: 1,
  /** The command line is invalid. */
  USAGE_ERROR: 2,
  /** IPVS cannot be reached: a privilege or the kernel module is missing. */
  UNREACHABLE: 2,
  /** Standard output is a pipe whose reader has closed it: the status that a shell reports for SIGPIPE. */
  PIPE_CLOSED: 141,
  /** The kernel refused the change, or would refuse it. */
  REFUSED: 255,
  /** An option is unknown, not allowed there, lacks its value or has one that it does not take. */
  INVALID_OPTION: 255,
} as const;

/** A command failed; it has the message for standard error and the exit status. */
export class CommandError extends Error {
  readonly code = 'ERR_COMMAND';
  /** The exit status. */
  readonly status: number;

  constructor(message: string, status: number = Status.USAGE_ERROR) {
    super(message);
    this.name = 'CommandError';
    this.status = status;
  }
}
