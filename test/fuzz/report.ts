/** What a thread is to fuzz. */
export interface FuzzTask {
  readonly name: string;
  /** URL of the target's module. */
  readonly module: string;
  readonly seconds: number;
  readonly seed: number;
  readonly memory: SharedArrayBuffer;
  /** The one input to run; instead of fuzzing. */
  readonly only?: Uint8Array | undefined;
}

/** What came of it. */
export interface Report {
  readonly executions: number;
  /** How many inputs reached something new. */
  readonly kept: number;
  readonly seconds: number;
  /** The share of the code in the target's modules that was executed, 0 to 1. */
  readonly share: number;
  readonly finding: { readonly input: Uint8Array; readonly text: string } | undefined;
}

const CAPACITY = 1 << 20;
const HEADER = 8;

/** The input that a thread is at, for the one that watches it. */
export class CurrentInput {
  readonly memory: SharedArrayBuffer;
  /** How many inputs there were; the length of this one. */
  readonly #header: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(HEADER + CAPACITY)) {
    this.memory = memory;
    this.#header = new Int32Array(memory, 0, 2);
    this.#bytes = new Uint8Array(memory, HEADER);
  }

  set(input: Uint8Array): void {
    const part = input.subarray(0, CAPACITY);
    this.#bytes.set(part);
    this.#header[1] = part.length;
    Atomics.add(this.#header, 0, 1);
  }

  get count(): number {
    return Atomics.load(this.#header, 0);
  }

  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#header[1]);
  }
}
