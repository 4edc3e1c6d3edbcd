/** ipvsadm's maximum of timeouts: 31 days, in seconds. */
export const MAX_TIMEOUT: number = 86400 * 31;
