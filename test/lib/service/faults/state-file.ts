import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../../bench/sampling/random.ts';
import { type Desired, definitionsOf } from './desired.ts';

const DAMAGED = ['', '{', 'null', '{"version":1,"drains":[', '\0'.repeat(100)];

/** The file of a service's state, with what may happen to it. */
export class FaultyStateFile {
  readonly path: string;
  readonly #folder: string;
  #isAway = false;
  /** The service does not notice until it writes the file again. */
  #isDamaged = false;
  /** Whether it may lack what a service would go on with. */
  isDoubtful = false;

  constructor(folder: string) {
    this.#folder = join(folder, 'state');
    this.path = join(this.#folder, 'reconcile.json');
    mkdirSync(this.#folder);
  }

  /** It is damaged, or its folder is away until the next time; says what is done. */
  fail(random: Random): string {
    if (this.#isAway) {
      this.mend();
      return 'can be written';
    }
    this.isDoubtful = true;
    if (random.chance(0.5)) {
      renameSync(this.#folder, `${this.#folder}.away`);
      this.#isAway = true;
      return 'cannot be written';
    }
    writeFileSync(this.path, random.pick(DAMAGED));
    this.#isDamaged = true;
    return 'damaged';
  }

  mend(): void {
    if (!this.#isAway) return;
    rmSync(this.#folder, { recursive: true, force: true });
    renameSync(`${this.#folder}.away`, this.#folder);
    this.#isAway = false;
  }

  /** Whether it would bring a later service to where this state is in force; undefined where it need not. */
  has(desired: Desired): boolean | undefined {
    if (this.#isAway) return undefined;
    try {
      const { last } = JSON.parse(readFileSync(this.path, 'utf8')) as { last: { services: unknown } };
      if (JSON.stringify(last.services) === JSON.stringify(definitionsOf(desired))) {
        this.isDoubtful = false;
        this.#isDamaged = false;
        return true;
      }
    } catch {
      // It is none, which is no better than another.
    }
    return this.#isDamaged ? undefined : false;
  }
}
