import { CommandError } from '../command-error.ts';

/** Directory of the network namespaces that `ip netns` creates. */
const NETNS_DIRECTORY = '/run/netns';

/** Returns the path of a network namespace given by a name of `ip netns` or by a path. */
export function namespacePath(typedOption: string, value: string): string {
  if (value === '')
    throw new CommandError(`${typedOption}: needs the name or the path of a network namespace`);
  return value.includes('/') ? value : `${NETNS_DIRECTORY}/${value}`;
}
