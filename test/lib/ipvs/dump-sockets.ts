import type { DumpTransport, Transport } from '../../../lib/netlink/socket/transport.ts';
import type { FakeKernel, FakeSocketOptions } from '../../../lib/testing/index.ts';
import { HOST_IS_LITTLE_ENDIAN, MessageFlag, MessageType } from '../../../protocol/netlink/index.ts';

/** Alters a datagram that was received, and returns its new length; -1 if it is to be lost. */
export type Alteration = (datagram: DataView, length: number) => number;

/** How the sockets of {@link DumpSockets} behave. */
export interface DumpSocketBehaviour extends FakeSocketOptions {
  /** Whether they drop the NLMSG_DONE of a successful dump, as a socket with `omitDone` does. */
  readonly omitsDone?: boolean;
  readonly alter?: Alteration;
  /** Called before each datagram is sent, with its number from 1; may throw. */
  readonly onSend?: (count: number) => void;
}

/** Opens a fake kernel's sockets for dumps, as `openForDumps` of a netlink socket does. */
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
    const { omitsDone = true, alter = (_, length) => length, onSend } = this.#behaviour;
    const socket = this.#kernel.openSocket(this.#behaviour);
    this.open++;
    this.opened++;
    const receive = (into: Uint8Array): number => {
      const datagram = socket.receive(into.length);
      if (datagram === undefined) return -1;
      into.set(datagram);
      const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
      if (omitsDone && isSuccessfulDone(view, datagram.length)) return receive(into);
      this.received++;
      return alter(view, datagram.length);
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
        this.#kernel.removeSocket(socket.portId);
      },
    };
  }
}

function isSuccessfulDone(view: DataView, length: number): boolean {
  return (
    length === 20 &&
    view.getUint16(4, HOST_IS_LITTLE_ENDIAN) === MessageType.DONE &&
    view.getUint16(6, HOST_IS_LITTLE_ENDIAN) === MessageFlag.MULTI &&
    view.getInt32(16, HOST_IS_LITTLE_ENDIAN) === 0
  );
}

/** A transport that also opens sockets for dumps, all of which are closed with it. */
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
