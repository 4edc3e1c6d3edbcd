import { writeFileSync } from 'node:fs';
import { Ipvs, type Transport } from '../../../../lib/index.ts';
import type { StateSource } from '../../../../lib/ipvs/source/index.ts';
import { NetlinkSocket } from '../../../../lib/netlink.ts';
import { ReconcilerRunner } from '../../../../lib/reconciler/reconciler-runner.ts';
import { type SavedState, StateFile } from '../../../../lib/reconciler/saved-state.ts';
import type { KernelServer } from '../../../../lib/testing/server/kernel-server.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { OUR_ADDRESS } from './desired.ts';

/**
 * When a reconciler is killed: before, within or after the `count`th action from now on. An action is a request, a
 * request that changes the table (`change`) or a write of the state file (`save`).
 */
export interface KillPoint {
  readonly at: 'request' | 'change' | 'save';
  readonly count: number;
  readonly moment: 'before' | 'within' | 'after';
}

export interface KillableOptions {
  readonly server: KernelServer;
  readonly source: StateSource;
  readonly stateFile: string;
  readonly now: () => number;
  /** Returns the number of changes of the table so far. */
  readonly changes: () => number;
  readonly allowRemoval: 'any' | undefined;
}

/** How long destinations drain, on the clock of the scenario. */
export const GRACE = 10_000;
const KILLED = new Error('killed');

/**
 * A reconciler in this process that can be killed: from then on its code may still run, but has no effect, not even
 * that of an orderly shutdown.
 */
export class KillableReconciler {
  isAlive = true;
  /** When its last plan was made. */
  planned: number | undefined;
  runner: ReconcilerRunner | undefined;
  readonly log: string[] = [];
  #client: Ipvs | undefined;
  #killPoint: KillPoint | undefined;
  /** Number of its actions until the kill point. */
  #left = 0;
  #ended: Promise<unknown> = Promise.resolve();

  static async start(options: KillableOptions): Promise<KillableReconciler> {
    const reconciler = new KillableReconciler();
    const { source, stateFile, now, allowRemoval } = options;
    const client = await Ipvs.open({ transport: new KillableTransport(options, reconciler) });
    reconciler.#client = client;
    reconciler.runner = await ReconcilerRunner.start({
      client,
      source,
      now,
      allowRemoval,
      onPlan: () => {
        reconciler.planned = now();
      },
      log: { write: (level, event, message) => void reconciler.log.push(`${level} ${event}: ${message}`) },
      stateFile: new KillableStateFile(stateFile, reconciler),
      reconcile: {
        filter: (service) => service.mark === undefined && service.address === OUR_ADDRESS,
        draining: { grace: GRACE },
        minimumPause: 1,
        period: 20,
        pollPeriod: 5,
        drainPeriod: 5,
        jitter: 0,
        backoff: { initial: 2, maximum: 10 },
      },
    });
    return reconciler;
  }

  killAt(point: KillPoint | undefined): void {
    this.#killPoint = point;
    this.#left = point?.count ?? 0;
  }

  /** Kills it, as SIGKILL does. */
  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#ended = this.#end();
  }

  /** Stops it, as SIGTERM does; waits for the end of its code if it has been killed. */
  async stop(): Promise<void> {
    if (this.isAlive) await this.#end();
    else await this.#ended;
  }

  async #end(): Promise<void> {
    // The kernel closes the descriptors of a process that is killed; here the reconciler has to.
    await this.runner?.stop();
    await this.#client?.close();
  }

  /**
   * Performs an action that has an effect outside the reconciler. At the kill point it also kills the reconciler:
   * before the action, after it, or after `half`, which is a part of the action.
   */
  act(action: KillPoint['at'], whole: () => void, half: () => void = () => undefined): void {
    if (!this.isAlive) throw KILLED;
    const point = this.#killPoint;
    const isLast = point?.at === action && --this.#left === 0;
    if (!isLast) return whole();
    if (point.moment === 'after') whole();
    else if (point.moment === 'within') half();
    this.kill();
    throw KILLED;
  }
}

/** A real socket to a server in the same thread, which handles a request while it is sent, as a kernel does. */
class KillableTransport implements Transport {
  readonly repliesWithinSend = true;
  readonly portId: number;
  readonly maximumDatagram: number;
  readonly receiveBuffer: number;
  readonly #socket: NetlinkSocket;
  readonly #server: KernelServer;
  readonly #reconciler: KillableReconciler;
  readonly #changes: () => number;

  constructor({ server, changes }: KillableOptions, reconciler: KillableReconciler) {
    this.#changes = changes;
    this.#socket = NetlinkSocket.open({
      protocol: NetlinkProtocol.USERSOCK,
      peer: server.portId,
      readTimeout: 1,
    });
    this.portId = this.#socket.portId;
    this.maximumDatagram = this.#socket.maximumDatagram;
    this.receiveBuffer = this.#socket.receiveBuffer;
    this.#server = server;
    this.#reconciler = reconciler;
  }

  send(datagram: Uint8Array): void {
    const before = this.#changes();
    this.#reconciler.act('request', () => {
      this.#socket.send(datagram);
      this.#server.serveOne();
    });
    if (this.#changes() !== before) this.#reconciler.act('change', () => undefined);
  }

  receive(into: Uint8Array): number {
    return this.#reconciler.isAlive ? this.#socket.receive(into) : -1;
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    if (!this.#reconciler.isAlive) throw KILLED;
    await new Promise(setImmediate);
    return this.receive(into);
  }

  close(): void {
    this.#socket.close();
  }
}

class KillableStateFile extends StateFile {
  readonly #reconciler: KillableReconciler;

  constructor(path: string, reconciler: KillableReconciler) {
    super(path);
    this.#reconciler = reconciler;
  }

  override write(state: SavedState): void {
    const half = (): void => writeFileSync(`${this.path}.${process.pid}.new`, '{"version":1,"drai');
    this.#reconciler.act('save', () => super.write(state), half);
  }
}
