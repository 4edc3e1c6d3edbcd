import { constants } from 'node:os';

/** Error numbers by name, as the kernel answers them. */
export const Errno: typeof constants.errno = constants.errno;

/** The attributes of an extended ack. */
export interface AckNote {
  /** The kernel's own words. */
  readonly message?: string | undefined;
  /** Offset of the offending attribute from the start of the request's header, in bytes. */
  readonly offset?: number | undefined;
}

/** The fake kernel refuses a request, by message or by a direct call on its state. */
export class RequestRefused extends Error {
  /** Stable name of the error. */
  readonly code = 'ERR_FAKE_KERNEL_REFUSED';
  /** The positive error number that goes into the NLMSG_ERROR. */
  readonly errno: number;
  /** What the extended ack says of it. */
  readonly note: AckNote;

  constructor(errno: number, reason: string, note: AckNote = {}) {
    super(reason);
    this.name = 'RequestRefused';
    this.errno = errno;
    this.note = note;
  }
}
