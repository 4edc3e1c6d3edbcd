import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Random } from '../../../../bench/sampling/random.ts';
import { EtcdSource, PathSource, type StateSource } from '../../../../lib/ipvs/source/index.ts';
import { FakeEtcd } from '../../ipvs/source/fake-etcd.ts';
import { serviceOf, type TableContents, textOf } from './desired.ts';

/**
 * Time without changes after which a file may be read as complete, in milliseconds. A `PathSource` waits at least twice
 * as long, also where its timers are shortened.
 */
const COMPLETE_AFTER = 5;

/** Texts that are no desired state, or an empty one. */
export const INVALID_STATES: readonly string[] = [
  '',
  '\0\0\0\0',
  '{}',
  '[]',
  'null',
  '{"services":[]}',
  '{"services":[{"protocol":"tcp"}]}',
  '{"services":',
  'services:\n  - {protocol: tcp, address: 10.0.0.1, port: 70000, scheduler: rr, destinations: []}\n',
];

/** A source of desired states, into which faults can be injected. */
export interface FaultySource {
  /** The source for a reconciler in this process. */
  open(): StateSource;
  /** The operand of `ipvs reconcile` for it. */
  readonly operand: string;
  /** The options of `ipvs reconcile` for it. */
  readonly options: readonly string[];
  /** Stores this state, at once and completely, or when {@link endFault} has ended a fault that prevents it. */
  set(desired: TableContents): void | Promise<void>;
  /** Injects a random fault, and returns its name. With some faults, the state `next` is stored. */
  injectFault(random: Random, next: TableContents): Promise<string>;
  /** States that the reconciler may have read because of the last fault. */
  readonly possiblyRead: readonly TableContents[];
  /** Ends the faults that {@link set} does not end. */
  endFault(): Promise<void>;
  close(): Promise<void>;
}

/** A file, or the only file of a folder. */
export class FaultyPath implements FaultySource {
  readonly operand: string;
  readonly options: readonly string[] = [];
  readonly #file: string;
  possiblyRead: readonly TableContents[] = [];

  constructor(folder: string, kind: 'file' | 'folder') {
    const path = join(folder, kind === 'file' ? 'desired' : 'desired.d');
    if (kind === 'folder') mkdirSync(path);
    this.operand = kind === 'file' ? `${path}.yaml` : path;
    this.#file = kind === 'file' ? `${path}.yaml` : join(path, 'desired.yaml');
  }

  open(): StateSource {
    return new PathSource(this.operand);
  }

  set(desired: TableContents): void {
    rmSync(this.#file, { recursive: true, force: true });
    writeFileSync(`${this.#file}.new`, textOf(desired, 'yaml'));
    renameSync(`${this.#file}.new`, this.#file);
  }

  async injectFault(random: Random, next: TableContents): Promise<string> {
    this.possiblyRead = [];
    const fault = random.pick([
      'deleted',
      'invalid',
      'replaced by invalid',
      'folder',
      'truncated',
      'growing',
      'growing',
    ] as const);
    rmSync(this.#file, { recursive: true, force: true });
    switch (fault) {
      case 'deleted':
        break;
      case 'folder':
        mkdirSync(this.#file);
        break;
      case 'invalid':
        writeFileSync(this.#file, random.pick(INVALID_STATES));
        break;
      case 'replaced by invalid':
        writeFileSync(`${this.#file}.new`, random.pick(INVALID_STATES));
        renameSync(`${this.#file}.new`, this.#file);
        break;
      case 'truncated': {
        const text = textOf(next);
        writeFileSync(this.#file, text.slice(0, random.below(text.length - 1)));
        break;
      }
      default:
        this.possiblyRead = [next, ...(await this.#grow(next))];
    }
    return fault;
  }

  /**
   * Writes a state line by line. The incomplete file is a smaller state that nobody intended; returns those states that
   * stayed for so long, because this process got no processor time, that the source may have read them as complete.
   */
  async #grow(next: TableContents): Promise<readonly TableContents[]> {
    const slow: TableContents[] = [];
    const lines = textOf(next, 'yaml').split(/(?<=\n)/);
    const services = [...next.keys()].filter((name) => serviceOf(name) === undefined);
    let completeCount = 0;
    writeFileSync(this.#file, '');
    for (const line of lines) {
      const before = performance.now();
      appendFileSync(this.#file, line);
      if (line.includes(']}')) completeCount++;
      await nextTurn();
      const complete = new Set(services.slice(0, completeCount));
      if (performance.now() - before > COMPLETE_AFTER)
        slow.push(new Map([...next].filter(([name]) => complete.has(serviceOf(name) ?? name))));
    }
    return slow;
  }

  async endFault(): Promise<void> {}

  async close(): Promise<void> {}
}

export const ETCD_KEY = '/desired';

/** A key of etcd. */
export class FaultyEtcd implements FaultySource {
  readonly operand: string = `etcd:${ETCD_KEY}`;
  readonly #etcd = new FakeEtcd();
  #isDown = false;
  possiblyRead: readonly TableContents[] = [];

  static async start(): Promise<FaultyEtcd> {
    const source = new FaultyEtcd();
    await source.#etcd.start();
    return source;
  }

  get options(): readonly string[] {
    return ['--endpoints', this.#etcd.endpoint];
  }

  open(): StateSource {
    return new EtcdSource(ETCD_KEY, {
      endpoints: [this.#etcd.endpoint],
      checkEvery: 20,
      firstRetryDelay: 2,
      timeout: 100,
    });
  }

  set(desired: TableContents): void {
    this.#etcd.put(ETCD_KEY, textOf(desired));
  }

  async injectFault(random: Random, next: TableContents): Promise<string> {
    this.possiblyRead = [];
    const fault = random.pick([
      'killed',
      'restarted',
      'compacted',
      'no events',
      'truncated responses',
      'deleted',
      'invalid',
      'another cluster',
    ] as const);
    const etcd = this.#etcd;
    switch (fault) {
      case 'killed':
        await etcd.kill();
        this.#isDown = true;
        break;
      case 'restarted':
        await etcd.kill();
        await this.#start();
        break;
      case 'compacted':
        this.possiblyRead = [next];
        await etcd.kill();
        etcd.put(ETCD_KEY, textOf(next));
        etcd.compacted = etcd.revision;
        await this.#start();
        break;
      case 'no events':
        etcd.withholdsEvents = true;
        break;
      case 'truncated responses':
        etcd.truncatesResponses = true;
        break;
      case 'another cluster':
        await etcd.kill();
        etcd.cluster = String(random.below(100));
        etcd.revision -= random.below(2);
        await this.#start();
        break;
      case 'deleted':
        etcd.delete(ETCD_KEY);
        break;
      default:
        etcd.put(ETCD_KEY, random.pick(INVALID_STATES));
    }
    return fault;
  }

  async endFault(): Promise<void> {
    this.#etcd.withholdsEvents = false;
    this.#etcd.truncatesResponses = false;
    if (this.#isDown) await this.#start();
  }

  async #start(): Promise<void> {
    await this.#etcd.start();
    this.#isDown = false;
  }

  async close(): Promise<void> {
    await this.#etcd.kill();
  }
}
