import type { Random } from '../../../../bench/sampling/random.ts';
import type { StateSource } from '../../../../lib/ipvs/source/index.ts';
import { type TableContents, textOf } from '../../../lib/reconciler/faults/desired.ts';
import { ETCD_KEY, type FaultySource, INVALID_STATES } from '../../../lib/reconciler/faults/sources.ts';
import { ETCD_ENDPOINT, EtcdServer } from '../fleet/etcd-server.ts';

/** A source of the desired state with faults: a key of a real etcd. */
export class FaultyEtcdServer implements FaultySource {
  readonly operand: string = `etcd:${ETCD_KEY}`;
  readonly options: readonly string[];
  readonly #etcd: EtcdServer;
  possiblyRead: readonly TableContents[] = [];
  #isDown = false;
  #isPaused = false;
  /** The desired state to write when etcd is back. */
  #pendingState: TableContents | undefined;

  private constructor(etcd: EtcdServer) {
    this.#etcd = etcd;
    this.options = Object.entries({
      endpoints: ETCD_ENDPOINT,
      cacert: etcd.file('ca.pem'),
      cert: etcd.file('client.pem'),
      key: etcd.file('client.key'),
    }).flatMap(([name, value]) => [`--${name}`, value]);
  }

  /** Its data goes into the folder. */
  static async start(folder: string): Promise<FaultyEtcdServer> {
    const etcd = new EtcdServer(folder);
    await etcd.start();
    return new FaultyEtcdServer(etcd);
  }

  open(): StateSource {
    throw new Error('only for `ipvs reconcile` in a process of its own');
  }

  async set(desired: TableContents): Promise<void> {
    if (this.#isDown || this.#isPaused) this.#pendingState = desired;
    else await this.#etcd.put({ [ETCD_KEY]: textOf(desired) });
  }

  async injectFault(random: Random, next: TableContents): Promise<string> {
    await this.endFault();
    this.possiblyRead = [];
    const fault = random.pick([
      'killed',
      'restarted',
      'compacted',
      'paused',
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
        await etcd.start();
        break;
      case 'compacted':
        this.possiblyRead = [next];
        await etcd.kill();
        await etcd.start();
        await this.set(next);
        await etcd.compact();
        break;
      case 'paused':
        etcd.pause(true);
        this.#isPaused = true;
        break;
      case 'another cluster':
        await etcd.kill();
        etcd.removeData();
        await etcd.start();
        break;
      case 'deleted':
        await etcd.delete(ETCD_KEY);
        break;
      default:
        await etcd.put({ [ETCD_KEY]: random.pick(INVALID_STATES) });
    }
    return fault;
  }

  async endFault(): Promise<void> {
    if (this.#isPaused) this.#etcd.pause(false);
    if (this.#isDown) await this.#etcd.start();
    this.#isPaused = false;
    this.#isDown = false;
    const pending = this.#pendingState;
    this.#pendingState = undefined;
    if (pending !== undefined) await this.set(pending);
  }

  async close(): Promise<void> {
    await this.#etcd.kill();
  }
}
