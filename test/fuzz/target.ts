/** What an input is, which decides how it is mutated. */
export type InputFormat =
  /** Netlink messages, one after the other. */
  | { readonly kind: 'messages' }
  /** `head` bytes, then netlink attributes. */
  | { readonly kind: 'attributes'; readonly head: number }
  | { readonly kind: 'bytes' }
  /** UTF-8; `words` are what is likely to mean something there. */
  | { readonly kind: 'text'; readonly words: readonly string[] };

/** A reader that is fuzzed. */
export interface Target {
  readonly format: InputFormat;
  /** The modules whose coverage is reported: paths from the project's root, or the beginnings of them. */
  readonly modules: readonly string[];
  /** What mutation starts from. */
  seeds(): readonly (Uint8Array | string)[];
  /**
   * Reads an input. Throws where what comes of it is not what it should be: anything but the errors
   * that the reader documents, or another result than a plain model gives.
   */
  run(input: Uint8Array): void | Promise<void>;
}

/** The readers by the folder in `targets/` that has their targets. */
const targetFolders: readonly (readonly [folder: string, names: readonly string[]])[] = [
  ['protocol', ['messages', 'acks', 'attributes', 'services', 'destinations', 'daemons', 'dumps', 'routes']],
  [
    'lib',
    [
      'client',
      'families',
      'descriptions',
      'captures',
      'recordings',
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

/** The module of a target. */
export function targetModule(name: string): string {
  const [folder] = targetFolders.find(([, names]) => names.includes(name)) ?? [];
  if (folder === undefined) throw new Error(`there is no target ${name}`);
  return new URL(`./targets/${folder}/${name}.js`, import.meta.url).href;
}

export async function loadTarget(module: string): Promise<Target> {
  return ((await import(module)) as { readonly target: Target }).target;
}

/** What mutation starts from, as bytes. */
export function seedsOf(target: Target): Uint8Array[] {
  return target.seeds().map((given) => (typeof given === 'string' ? Buffer.from(given) : given));
}
