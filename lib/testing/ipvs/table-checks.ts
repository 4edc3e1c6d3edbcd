import { AddressFamily, FORWARDING_MASK, ServiceFlag } from '../../../protocol/ipvs/fields/constants.ts';
import { Errno, RequestRefused } from '../request-refused.ts';
import type { Environment } from './environment.ts';
import type { DestinationSettingValues, ServiceKeyValues, ServiceSettingValues } from './table-entries.ts';

/** The usual CONFIG_HZ of distributions' kernels; timeouts are stored in jiffies, as 32 bits. */
const HZ = 250;
const INT_MAX = 0x7fffffff;
const GUE = 1;

/** Maximum connection timeout, in seconds. */
export const MAXIMUM_TIMEOUT: number = Math.floor(INT_MAX / HZ);

/** Throws for a scheduler or persistence engine that is not available, and for an invalid prefix length. */
export function checkService(
  key: ServiceKeyValues,
  settings: ServiceSettingValues,
  environment: Environment,
): void {
  const { scheduler, persistenceEngine, netmask } = settings;
  const { schedulers, persistenceEngines } = environment;
  if (scheduler !== 'none' && !schedulers.has(scheduler)) {
    throw new RequestRefused(Errno.ENOENT, `no scheduler ${scheduler}`);
  }
  if (persistenceEngine !== '' && !persistenceEngines.has(persistenceEngine)) {
    throw new RequestRefused(Errno.ENOENT, `no persistence engine ${persistenceEngine}`);
  }
  if (key.family === AddressFamily.INET6) {
    const prefix = new Uint32Array(netmask.slice(0, 4).buffer)[0]!;
    if (prefix < 1 || prefix > 128) throw new RequestRefused(Errno.EINVAL, `prefix length ${prefix}`);
  }
}

/** Returns the settings of a service as the kernel stores them. */
export function storedSettings(settings: ServiceSettingValues): ServiceSettingValues {
  return {
    ...settings,
    flags: (settings.flags | ServiceFlag.HASHED) >>> 0,
    timeout: Math.floor((Math.imul(settings.timeout, HZ) >>> 0) / HZ),
  };
}

/** Throws for invalid weights, thresholds and tunnels. */
export function checkDestination(settings: DestinationSettingValues): void {
  const { weight, upperThreshold, lowerThreshold, tunnelType, tunnelPort } = settings;
  if (weight < 0) throw new RequestRefused(Errno.ERANGE, 'the weight is below 0');
  if (lowerThreshold > upperThreshold) {
    throw new RequestRefused(Errno.ERANGE, 'the lower threshold is above the upper one');
  }
  if (upperThreshold > INT_MAX) throw new RequestRefused(Errno.EINVAL, 'the upper threshold is too large');
  if (tunnelType === GUE && tunnelPort === 0) throw new RequestRefused(Errno.EINVAL, 'GUE needs a port');
}

/** Returns the bits of a destination's forwarding flags that the kernel stores. */
export function storedForwarding(forwarding: number): number {
  return forwarding & FORWARDING_MASK;
}
