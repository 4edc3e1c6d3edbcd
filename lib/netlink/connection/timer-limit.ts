/** Maximum delay of a timer of Node, in milliseconds; a timer with a longer one fires immediately. */
export const MAXIMUM_DELAY = 0x7fffffff;
