import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../../../bench/sampling/random.ts';
import { definitionsOf, type TableContents } from './desired.ts';

const DAMAGED = ['', '{', 'null', '{"version":1,"drains":[', '\0'.repeat(100)];

/** The state file of a reconciler, into which faults can be injected. */
export class FaultyStateFile {
  readonly path: string;
  readonly #folder: string;
  #isRenamed = false;
  /** Whether the file is damaged; the reconciler does not notice until it writes the file again. */
  #isDamaged = false;
  /** Whether the file may lack drains or the last state, with which a reconciler would continue. */
  mayLackState = false;

  constructor(folder: string) {
    this.#folder = join(folder, 'state');
    this.path = join(this.#folder, 'reconcile.json');
    mkdirSync(this.#folder);
  }

  /** Damages the file, or renames its folder until the next call; returns the name of the fault. */
  injectFault(random: Random): string {
    if (this.#isRenamed) {
      this.restoreFolder();
      return 'can be written';
    }
    this.mayLackState = true;
    if (random.chance(0.5)) {
      renameSync(this.#folder, `${this.#folder}.away`);
      this.#isRenamed = true;
      return 'cannot be written';
    }
    writeFileSync(this.path, random.pick(DAMAGED));
    this.#isDamaged = true;
    return 'damaged';
  }

  /** Gives the folder its name again if a fault has renamed it. */
  restoreFolder(): void {
    if (!this.#isRenamed) return;
    rmSync(this.#folder, { recursive: true, force: true });
    renameSync(`${this.#folder}.away`, this.#folder);
    this.#isRenamed = false;
  }

  /** Whether the file has this state as the last one; undefined if it need not, because of a fault. */
  has(desired: TableContents): boolean | undefined {
    if (this.#isRenamed) return undefined;
    try {
      const { last } = JSON.parse(readFileSync(this.path, 'utf8')) as { last: { services: unknown } };
      if (JSON.stringify(last.services) === JSON.stringify(definitionsOf(desired))) {
        this.mayLackState = false;
        this.#isDamaged = false;
        return true;
      }
    } catch {
      // It is no state file, which counts as one with another state.
    }
    return this.#isDamaged ? undefined : false;
  }
}
