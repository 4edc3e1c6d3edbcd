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

type Import = () => Promise<{ readonly target: Target }>;

/** Every target by name. */
export const targets: Readonly<Record<string, Import>> = {
  messages: () => import('./targets/messages.ts'),
  acks: () => import('./targets/acks.ts'),
  attributes: () => import('./targets/attributes.ts'),
  services: () => import('./targets/services.ts'),
  destinations: () => import('./targets/destinations.ts'),
  daemons: () => import('./targets/daemons.ts'),
  dumps: () => import('./targets/dumps.ts'),
  client: () => import('./targets/client.ts'),
  families: () => import('./targets/families.ts'),
  routes: () => import('./targets/routes.ts'),
  descriptions: () => import('./targets/descriptions.ts'),
  captures: () => import('./targets/captures.ts'),
  'desired-json': () => import('./targets/desired-json.ts'),
  'desired-yaml': () => import('./targets/desired-yaml.ts'),
  'command-lines': () => import('./targets/command-lines.ts'),
  'rule-lines': () => import('./targets/rule-lines.ts'),
  'fake-kernel': () => import('./targets/fake-kernel.ts'),
};
