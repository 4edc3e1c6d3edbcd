import type { Transport } from '../netlink/socket/transport.ts';
import type { FakeSocket } from './fake-socket.ts';
import type { FakeSysctls } from './fake-sysctls.ts';

/** Timeout of a read, in milliseconds. */
const READ_TIMEOUT = 20;

/** The files in /proc of a fake kernel. */
interface FakeFiles {
  /** The sysctls. */
  readonly sysctls: FakeSysctls;
  /** The contents of /proc/net/ip_vs_conn. */
  readonly connections: string;
}

/** A {@link Transport} to a fake kernel in the same thread. */
export class FakeTransport implements Transport {
  readonly portId: number;
  readonly repliesWithinSend = true;
  readonly maximumDatagram: number;
  readonly receiveBuffer: number;
  /** The kernel's side of the socket. */
  readonly socket: FakeSocket;
  /** The kernel's sysctls. */
  readonly sysctls: FakeSysctls;
  readonly #files: FakeFiles;
  readonly #onClose: () => void;
  #closed = false;

  constructor(socket: FakeSocket, files: FakeFiles, onClose: () => void) {
    this.socket = socket;
    this.sysctls = files.sysctls;
    this.#files = files;
    this.portId = socket.portId;
    this.maximumDatagram = socket.maximumDatagram;
    this.receiveBuffer = socket.receiveBuffer;
    this.#onClose = onClose;
  }

  /** The contents of the kernel's /proc/net/ip_vs_conn. */
  get connections(): string {
    return this.#files.connections;
  }

  send(datagram: Uint8Array): void {
    this.socket.send(datagram);
  }

  /**
   * Receives a datagram. If there is none, it waits 20 ms before it returns -1, so that a caller that reads
   * until a deadline does not spin.
   */
  receive(into: Uint8Array): number {
    const length = this.#receiveNow(into);
    if (length === -1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, READ_TIMEOUT);
    return length;
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    const length = this.#receiveNow(into);
    if (length !== -1) return length;
    await this.#arrival();
    return this.#receiveNow(into);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket.close();
    this.#onClose();
    this.socket.onArrival?.();
  }

  #receiveNow(into: Uint8Array): number {
    if (this.#closed) return -1;
    const datagram = this.socket.receive(into.length);
    if (datagram === undefined) return -1;
    into.set(datagram);
    return datagram.length;
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.socket.onArrival = undefined;
        resolve();
      };
      const timer = setTimeout(done, READ_TIMEOUT);
      this.socket.onArrival = done;
    });
  }
}
