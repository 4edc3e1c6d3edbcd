/** The longest that a timer of Node waits, in milliseconds: one that is set for longer fires at once. */
export const MAXIMUM_DELAY = 0x7fffffff;
