/** The task of a fuzzing thread. */
export interface FuzzTask {
  readonly name: string;
  /** URL of the target's module. */
  readonly module: string;
  readonly seconds: number;
  readonly seed: number;
  /** The memory of its {@link CurrentInput}. */
  readonly memory: SharedArrayBuffer;
  /** If present, only this input is run, without fuzzing. */
  readonly only?: Uint8Array | undefined;
}

/** The result of a {@link FuzzTask}. */
export interface Report {
  readonly executions: number;
  /** The number of inputs that reached new code. */
  readonly corpusSize: number;
  readonly seconds: number;
  /** The fraction (0 to 1) of the code of the target's modules that was executed. */
  readonly coveredFraction: number;
  readonly finding: { readonly input: Uint8Array; readonly text: string } | undefined;
}

const CAPACITY = 1 << 20;
const HEADER = 8;

/** The input that a fuzzing thread is running, in memory that it shares with the thread that watches it. */
export class CurrentInput {
  readonly memory: SharedArrayBuffer;
  /** The number of inputs so far, and the length of the current one. */
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
