/** Maximum of a timeout in ipvsadm: 31 days, in seconds. */
export const MAX_TIMEOUT: number = 86400 * 31;
