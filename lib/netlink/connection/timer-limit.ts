/** The longest that a timer of Node waits, in milliseconds: one that is set for longer fires at once. */
export const MOST_DELAY = 0x7fffffff;
