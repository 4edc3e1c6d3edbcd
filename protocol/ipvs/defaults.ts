/** The settings of a destination that leaves them out. */
export const DESTINATION_DEFAULTS = {
  forwarding: 'masq',
  weight: 1,
  upperThreshold: 0,
  lowerThreshold: 0,
} as const;
