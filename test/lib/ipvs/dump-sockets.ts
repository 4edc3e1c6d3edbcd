import type { DumpTransport, Transport } from '../../../lib/netlink/socket/transport.ts';
import type { FakeKernel, FakeSocketOptions } from '../../../lib/testing/index.ts';
import { HOST_IS_LITTLE_ENDIAN, MessageFlag, MessageType } from '../../../protocol/netlink/index.ts';

/** What becomes of a datagram that was received; -1: it never came. */
export type Spoil = (datagram: DataView, length: number) => number;

/** How the sockets for dumps of a {@link KernelWithDumpSockets} behave. */
export interface DumpSocketBehaviour extends FakeSocketOptions {
  /** Whether they drop the end of a dump that went well, as a socket with `omitDone` does. */
  readonly omitsDone?: boolean;
  readonly spoil?: Spoil;
  /** Told of each datagram that is sent, by number from 1; may throw. */
  readonly onSend?: (count: number) => void;
}

/** Sockets of a fake kernel for dumps, as a netlink socket opens them. */
export class DumpSockets {
  /** How many are open now. */
  open = 0;
  /** How many were opened. */
  opened = 0;
  sent = 0;
  received = 0;
  readonly #kernel: FakeKernel;
  readonly #behaviour: DumpSocketBehaviour;

  constructor(kernel: FakeKernel, behaviour: DumpSocketBehaviour) {
    this.#kernel = kernel;
    this.#behaviour = behaviour;
  }

  openForDumps(): DumpTransport {
    const { omitsDone = true, spoil = (_, length) => length, onSend } = this.#behaviour;
    const socket = this.#kernel.openSocket(this.#behaviour);
    this.open++;
    this.opened++;
    const receive = (into: Uint8Array): number => {
      const datagram = socket.receive(into.length);
      if (datagram === undefined) return -1;
      into.set(datagram);
      const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
      if (omitsDone && endsWell(view, datagram.length)) return receive(into);
      this.received++;
      return spoil(view, datagram.length);
    };
    let isOpen = true;
    return {
      portId: socket.portId,
      omitsDone,
      receive,
      send: (datagram) => {
        this.sent++;
        onSend?.(this.sent);
        socket.send(datagram);
      },
      close: () => {
        if (isOpen) this.open--;
        isOpen = false;
        socket.close();
        this.#kernel.forget(socket.portId);
      },
    };
  }
}

function endsWell(view: DataView, length: number): boolean {
  return (
    length === 20 &&
    view.getUint16(4, HOST_IS_LITTLE_ENDIAN) === MessageType.DONE &&
    view.getUint16(6, HOST_IS_LITTLE_ENDIAN) === MessageFlag.MULTI &&
    view.getInt32(16, HOST_IS_LITTLE_ENDIAN) === 0
  );
}

/** A transport with sockets for dumps beside it, all of which are closed with it. */
export function withDumpSockets(transport: Transport, sockets: Pick<DumpSockets, 'openForDumps'>): Transport {
  const opened: DumpTransport[] = [];
  return {
    portId: transport.portId,
    repliesWithinSend: transport.repliesWithinSend,
    send: (datagram) => transport.send(datagram),
    receive: (into) => transport.receive(into),
    receiveAsync: (into) => transport.receiveAsync(into),
    openForDumps: () => {
      const socket = sockets.openForDumps();
      opened.push(socket);
      return socket;
    },
    close: () => {
      for (const socket of opened) socket.close();
      transport.close();
    },
  };
}
