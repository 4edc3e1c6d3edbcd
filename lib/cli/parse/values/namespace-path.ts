import { CommandLineError } from '../command-line-error.ts';

/** Where `ip netns` has the namespaces that it names. */
const NAMED = '/run/netns';

/** The path of the network namespace that --netns means: a name, as `ip netns` gives it, or a path. */
export function namespacePath(typed: string, value: string): string {
  if (value === '') throw new CommandLineError(`${typed}: needs the name or the path of a network namespace`);
  return value.includes('/') ? value : `${NAMED}/${value}`;
}
