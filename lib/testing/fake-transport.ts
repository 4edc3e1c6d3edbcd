import type { Transport } from '../netlink/socket/transport.ts';
import type { FakeSocket } from './fake-socket.ts';
import type { FakeSysctls } from './fake-sysctls.ts';

/** How long a read waits for something that may still arrive, in milliseconds. */
const PATIENCE = 20;

/** What a fake kernel has beside its sockets. */
interface FakeFiles {
  /** Its sysctls. */
  readonly sysctls: FakeSysctls;
  /** Its connections, as the text of /proc/net/ip_vs_conn. */
  readonly connections: string;
}

/** A fake kernel in the same thread as a {@link Transport}. */
export class FakeTransport implements Transport {
  readonly portId: number;
  readonly repliesWithinSend = true;
  readonly maximumDatagram: number;
  readonly receiveBuffer: number;
  /** The kernel's side of it. */
  readonly socket: FakeSocket;
  /** The sysctls of the kernel. */
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

  /** The kernel's connections, as the text of /proc/net/ip_vs_conn. */
  get connections(): string {
    return this.#files.connections;
  }

  send(datagram: Uint8Array): void {
    this.socket.send(datagram);
  }

  /**
   * Receives as the interface says. Where nothing is queued it still waits 20 ms, so that a caller who reads
   * until a deadline does not spin.
   */
  receive(into: Uint8Array): number {
    const length = this.#take(into);
    if (length === -1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PATIENCE);
    return length;
  }

  async receiveAsync(into: Uint8Array): Promise<number> {
    const length = this.#take(into);
    if (length !== -1) return length;
    await this.#arrival();
    return this.#take(into);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.socket.close();
    this.#onClose();
    this.socket.onArrival?.();
  }

  #take(into: Uint8Array): number {
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
      const timer = setTimeout(done, PATIENCE);
      this.socket.onArrival = done;
    });
  }
}
