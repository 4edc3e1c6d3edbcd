import { constants } from 'node:os';

/** Error numbers by name. */
export const Errno: typeof constants.errno = constants.errno;

/** The attributes of an extended ack (`struct netlink_ext_ack`). */
export interface Extack {
  /** The kernel's message. */
  readonly message?: string | undefined;
  /** Offset of the offending attribute from the start of the request's header, in bytes. */
  readonly offset?: number | undefined;
}

/** The fake kernel refuses a request that was sent in a message or made by a method of `FakeKernel.state`. */
export class RequestRefused extends Error {
  /** Stable identifier of the error. */
  readonly code = 'ERR_FAKE_KERNEL_REFUSED';
  /** The positive error number that goes into the NLMSG_ERROR. */
  readonly errno: number;
  /** The attributes of the extended ack. */
  readonly extack: Extack;

  constructor(errno: number, reason: string, extack: Extack = {}) {
    super(reason);
    this.name = 'RequestRefused';
    this.errno = errno;
    this.extack = extack;
  }
}
