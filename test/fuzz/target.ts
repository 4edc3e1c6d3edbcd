/** The format of an input, which decides how it is mutated. */
export type InputFormat =
  /** Netlink messages, one after the other. */
  | { readonly kind: 'messages' }
  /** A header of `headerLength` bytes, then netlink attributes. */
  | { readonly kind: 'attributes'; readonly headerLength: number }
  | { readonly kind: 'bytes' }
  /** UTF-8 text. `dictionary` holds texts that are likely to have a meaning in this format. */
  | { readonly kind: 'text'; readonly dictionary: readonly string[] };

/** What is fuzzed: a parser, a decoder or other code that reads input. */
export interface Target {
  readonly format: InputFormat;
  /** The modules whose coverage is reported, as prefixes of their paths, relative to the project's root. */
  readonly coveredModules: readonly string[];
  /** Returns the inputs from which mutation starts. */
  seeds(): readonly (Uint8Array | string)[];
  /**
   * Runs the tested code on an input. Throws if there is a fault: the code threw an error that it does not document, or
   * its result differs from that of a simple model.
   */
  run(input: Uint8Array): void | Promise<void>;
}

/** The names of the targets by their folder in `targets/`. */
const targetFolders: readonly (readonly [folder: string, names: readonly string[]])[] = [
  ['protocol', ['messages', 'acks', 'attributes', 'services', 'destinations', 'daemons', 'dumps', 'routes']],
  [
    'lib',
    [
      'client',
      'families',
      'descriptions',
      'captures',
      'captured-messages',
      'desired-json',
      'desired-yaml',
      'keepalived',
      'plans',
      'connections',
      'accept-header',
      'etcd-answers',
      'saved-state',
      'fake-kernel',
    ],
  ],
  ['command', ['command-lines', 'rule-lines']],
];

/** The names of all targets. */
export const targetNames: readonly string[] = targetFolders.flatMap(([, names]) => names);

/** Returns the URL of a target's module. */
export function targetModule(name: string): string {
  const [folder] = targetFolders.find(([, names]) => names.includes(name)) ?? [];
  if (folder === undefined) throw new Error(`there is no target ${name}`);
  return new URL(`./targets/${folder}/${name}.js`, import.meta.url).href;
}

export async function loadTarget(module: string): Promise<Target> {
  return ((await import(module)) as { readonly target: Target }).target;
}

/** Returns the seeds of a target as bytes. */
export function seedsOf(target: Target): Uint8Array[] {
  return target.seeds().map((seed) => (typeof seed === 'string' ? Buffer.from(seed) : seed));
}
