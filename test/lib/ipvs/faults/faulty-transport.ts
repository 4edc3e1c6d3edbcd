import { constants } from 'node:os';
import { ClosedError, SystemCallError, type Transport } from '../../../../lib/index.ts';
import type { DumpTransport } from '../../../../lib/netlink/socket/transport.ts';
import type { FakeKernel, FakeSocketOptions } from '../../../../lib/testing/index.ts';
import type { DumpSockets } from '../dump-sockets.ts';

type Socket = ReturnType<FakeKernel['openSocket']>;

/** How a {@link FaultyTransport} behaves. */
export interface Behaviour extends FakeSocketOptions {
  /** Whether replies are there when `send` returns; otherwise they come a little later. */
  readonly repliesWithinSend: boolean;
  /** Datagrams, by number from 1, that cannot be sent. */
  readonly unsendable: ReadonlySet<number>;
  /** Called after each datagram was sent, with its number from 1. */
  readonly onSend: (count: number) => void;
  /** Where to open sockets for dumps; none by default. */
  readonly dumpSockets?: DumpSockets | undefined;
}

/** A transport over a socket of a fake kernel, with faults; it does not wait for datagrams that are missing. */
export class FaultyTransport implements Transport {
  readonly portId: number;
  readonly repliesWithinSend: boolean;
  readonly maximumDatagram: number;
  readonly receiveBuffer: number;
  readonly dumpDatagramSizeDependsOnReads = true;
  open = true;
  readonly #socket: Socket;
  readonly #behaviour: Behaviour;
  readonly #opened: DumpTransport[] = [];
  #sent = 0;

  constructor(kernel: FakeKernel, behaviour: Behaviour) {
    this.#socket = kernel.openSocket(behaviour);
    this.#behaviour = behaviour;
    this.portId = this.#socket.portId;
    this.repliesWithinSend = behaviour.repliesWithinSend;
    this.maximumDatagram = this.#socket.maximumDatagram;
    this.receiveBuffer = this.#socket.receiveBuffer;
  }

  send(datagram: Uint8Array): void {
    if (!this.open) throw new ClosedError('the transport');
    const count = ++this.#sent;
    if (this.#behaviour.unsendable.has(count)) throw new SystemCallError('sendmsg', constants.errno.ENOBUFS);
    this.#socket.send(datagram);
    this.#behaviour.onSend(count);
  }

  receive(into: Uint8Array): number {
    const length = this.#take(into);
    if (length < 0 && !this.repliesWithinSend)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return length;
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#take(into);
  }

  openForDumps(): DumpTransport | undefined {
    const opened = this.#behaviour.dumpSockets?.openForDumps();
    if (opened !== undefined) this.#opened.push(opened);
    return opened;
  }

  close(): void {
    this.open = false;
    for (const opened of this.#opened) opened.close();
    this.#socket.close();
  }

  #take(into: Uint8Array): number {
    if (!this.open) throw new ClosedError('the transport');
    const datagram = this.#socket.receive(into.length);
    if (datagram === undefined) return -1;
    into.set(datagram);
    return datagram.length;
  }
}
