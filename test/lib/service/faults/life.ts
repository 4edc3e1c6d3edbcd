import { writeFileSync } from 'node:fs';
import { Ipvs, type Transport } from '../../../../lib/index.ts';
import type { StateSource } from '../../../../lib/ipvs/source/index.ts';
import { NetlinkSocket } from '../../../../lib/netlink.ts';
import { ReconcilingService } from '../../../../lib/service/reconciling-service.ts';
import { type SavedState, StateFile } from '../../../../lib/service/saved-state.ts';
import type { KernelServer } from '../../../../lib/testing/server/kernel-server.ts';
import { NetlinkProtocol } from '../../../../protocol/netlink/index.ts';
import { OUR_ADDRESS } from './desired.ts';

/** What a service dies of: its next so many requests, those that change the table, or writes of its file, before, in the middle of or after the last. */
export interface Death {
  readonly by: 'request' | 'change' | 'save';
  readonly count: number;
  readonly moment: 'before' | 'within' | 'after';
}

export interface LifeOptions {
  readonly server: KernelServer;
  readonly source: StateSource;
  readonly stateFile: string;
  readonly now: () => number;
  /** Counts the changes of the table. */
  readonly changes: () => number;
  readonly allowRemoval: 'any' | undefined;
}

/** How long destinations drain, on the clock of the scenario. */
export const GRACE = 10_000;
const KILLED = new Error('killed');

/**
 * A reconciler in this process that may be killed: from then on it has no effect on anything, whatever its
 * code still does, and nothing of what it would do at its end is done.
 */
export class Life {
  isAlive = true;
  /** When its last plan was made. */
  planned: number | undefined;
  service: ReconcilingService | undefined;
  readonly log: string[] = [];
  #client: Ipvs | undefined;
  #death: Death | undefined;
  #left = 0;
  #ended: Promise<unknown> = Promise.resolve();

  static async start(options: LifeOptions): Promise<Life> {
    const life = new Life();
    const { source, stateFile, now, allowRemoval } = options;
    const client = await Ipvs.open({ transport: new MortalTransport(options, life) });
    life.#client = client;
    life.service = await ReconcilingService.start({
      client,
      source,
      now,
      allowRemoval,
      onPlan: () => {
        life.planned = now();
      },
      log: { write: (level, event, message) => void life.log.push(`${level} ${event}: ${message}`) },
      stateFile: new MortalFile(stateFile, life),
      reconcile: {
        filter: (service) => service.mark === undefined && service.address === OUR_ADDRESS,
        draining: { grace: GRACE },
        pause: 1,
        period: 20,
        poll: 5,
        drainPeriod: 5,
        jitter: 0,
        backoff: { initial: 2, maximum: 10 },
      },
    });
    return life;
  }

  dieOf(death: Death | undefined): void {
    this.#death = death;
    this.#left = death?.count ?? 0;
  }

  /** As SIGKILL does. */
  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#ended = this.#end();
  }

  /** As SIGTERM does, or what is left to do once it is dead. */
  async stop(): Promise<void> {
    if (this.isAlive) await this.#end();
    else await this.#ended;
  }

  async #end(): Promise<void> {
    // The kernel would close the descriptors of a process that is killed; here its code has to.
    await this.service?.stop();
    await this.#client?.close();
  }

  /** Does something that can be seen from outside, unless it dies of it. */
  act(by: Death['by'], whole: () => void, half: () => void = () => undefined): void {
    if (!this.isAlive) throw KILLED;
    const death = this.#death;
    const isLast = death?.by === by && --this.#left === 0;
    if (!isLast) return whole();
    if (death.moment === 'after') whole();
    else if (death.moment === 'within') half();
    this.kill();
    throw KILLED;
  }
}

/** A real socket to a server in the same thread, which answers while it is asked, as a kernel does. */
class MortalTransport implements Transport {
  readonly repliesWithinSend = true;
  readonly portId: number;
  readonly maximumDatagram: number;
  readonly receiveBuffer: number;
  readonly #socket: NetlinkSocket;
  readonly #server: KernelServer;
  readonly #life: Life;
  readonly #changes: () => number;

  constructor({ server, changes }: LifeOptions, life: Life) {
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
    this.#life = life;
  }

  send(datagram: Uint8Array): void {
    const before = this.#changes();
    this.#life.act('request', () => {
      this.#socket.send(datagram);
      this.#server.serveOne();
    });
    if (this.#changes() !== before) this.#life.act('change', () => undefined);
  }

  receive(into: Uint8Array): number {
    return this.#life.isAlive ? this.#socket.receive(into) : -1;
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    if (!this.#life.isAlive) throw KILLED;
    await new Promise(setImmediate);
    return this.receive(into);
  }

  close(): void {
    this.#socket.close();
  }
}

class MortalFile extends StateFile {
  readonly #life: Life;

  constructor(path: string, life: Life) {
    super(path);
    this.#life = life;
  }

  override write(state: SavedState): void {
    const half = (): void => writeFileSync(`${this.path}.${process.pid}.new`, '{"version":1,"drai');
    this.#life.act('save', () => super.write(state), half);
  }
}
