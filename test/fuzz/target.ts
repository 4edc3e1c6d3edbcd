/** What an input is, which decides how it is mutated. */
export type InputFormat =
  /** Netlink messages, one behind the other. */
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

/** The readers, each with a target in `targets/`. */
export const targetNames: readonly string[] = [
  'messages',
  'acks',
  'attributes',
  'services',
  'destinations',
  'daemons',
  'dumps',
  'client',
  'families',
  'routes',
  'descriptions',
  'captures',
  'recordings',
  'desired-json',
  'desired-yaml',
  'plans',
  'command-lines',
  'rule-lines',
  'fake-kernel',
];

/** The module of a target. */
export function targetModule(name: string): string {
  return new URL(`./targets/${name}.js`, import.meta.url).href;
}

export async function loadTarget(module: string): Promise<Target> {
  return ((await import(module)) as { readonly target: Target }).target;
}

/** What mutation starts from, as bytes. */
export function seedsOf(target: Target): Uint8Array[] {
  return target.seeds().map((given) => (typeof given === 'string' ? Buffer.from(given) : given));
}
