import { DESTINATION_DEFAULTS } from '../../../protocol/ipvs/defaults.ts';
import type {
  Destination,
  DestinationDefinition,
  ServiceWithDestinations,
  ServiceWithDestinationsDefinition,
} from '../../../protocol/ipvs/index.ts';

/**
 * Whether a service that was found by its key is, with all its destinations, plainly what is wanted:
 * spelled alike, and whatever is left out at its default in the kernel. Then no option of a plan makes a
 * difference of it, and its settings follow from what is wanted alone. False says nothing: the two are to
 * be compared in their normal forms.
 *
 * Most services of most tables are, so most of a plan's time is spent here: nothing is made.
 */
export function isPlainlyAsWanted(
  current: ServiceWithDestinations,
  wanted: ServiceWithDestinationsDefinition,
): boolean {
  return (
    current.scheduler === wanted.scheduler &&
    current.onePacket === (wanted.onePacket ?? false) &&
    current.persistence === undefined &&
    wanted.persistence === undefined &&
    current.persistenceEngine === wanted.persistenceEngine &&
    current.schedulerFlags.length === 0 &&
    (wanted.schedulerFlags === undefined || wanted.schedulerFlags.length === 0) &&
    current.otherFlags === (wanted.otherFlags ?? 0) &&
    current.unknown === undefined &&
    wanted.unknown === undefined &&
    areDestinations(current.destinations, wanted.destinations)
  );
}

/** In the wanted order, or in the kernel's after adding them in that order: the newest first. */
function areDestinations(current: readonly Destination[], wanted: readonly DestinationDefinition[]): boolean {
  const last = current.length - 1;
  if (wanted.length !== current.length) return false;
  if (last === -1) return true;
  const step = isDestination(current[0]!, wanted[0]!) ? 1 : -1;
  for (let index = 0; index <= last; index++) {
    const at = step === 1 ? index : last - index;
    if (!isDestination(current[at]!, wanted[index]!)) return false;
  }
  return true;
}

function isDestination(current: Destination, wanted: DestinationDefinition): boolean {
  return (
    current.port === wanted.port &&
    current.address === wanted.address &&
    current.weight === (wanted.weight ?? DESTINATION_DEFAULTS.weight) &&
    current.forwarding === (wanted.forwarding ?? DESTINATION_DEFAULTS.forwarding) &&
    current.upperThreshold === (wanted.upperThreshold ?? DESTINATION_DEFAULTS.upperThreshold) &&
    current.lowerThreshold === (wanted.lowerThreshold ?? DESTINATION_DEFAULTS.lowerThreshold) &&
    current.tunnel === undefined &&
    wanted.tunnel === undefined &&
    current.unknown === undefined &&
    wanted.unknown === undefined
  );
}
