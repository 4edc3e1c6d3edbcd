import { UnixDatagram } from '../netlink/socket/unix-datagram.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Tells systemd how a service is doing (sd_notify). Without systemd it does nothing, and nothing fails because of it. */
export class Notifier {
  readonly #socket: UnixDatagram | undefined;
  #status = '';
  #isReady = false;
  #isReloading = false;
  /** Milliseconds between pings of the watchdog; undefined where systemd waits for none. */
  readonly watchdog: number | undefined;

  /** Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of an environment. */
  constructor(environment: Environment) {
    const { NOTIFY_SOCKET: name, WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = environment;
    this.#socket = name === undefined ? undefined : open(name);
    const limit = Number(WATCHDOG_USEC);
    const isOurs = Number(WATCHDOG_PID) === process.pid;
    // Twice in the time that systemd gives.
    this.watchdog = this.#socket !== undefined && isOurs && limit > 0 ? limit / 2000 : undefined;
  }

  /** The service does what it is there for: said once. */
  ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#send('READY=1');
  }

  /** It reads anew what it works by, until {@link reloaded}. One that was not ready yet goes on with its start. */
  reloading(): void {
    if (!this.#isReady) return;
    this.#isReloading = true;
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  /** It has read anew, whatever came of it: `systemctl reload` waits for that. */
  reloaded(): void {
    if (this.#isReloading) this.#send('READY=1');
    this.#isReloading = false;
  }

  /** It comes to its end. */
  stopping(): void {
    this.#send('STOPPING=1');
  }

  /** What it does, in a line that `systemctl status` shows; sent when it differs from the last. */
  status(line: string): void {
    if (line === this.#status) return;
    this.#status = line;
    this.#send(`STATUS=${line.replaceAll('\n', ' ')}`);
  }

  /** It is alive. */
  ping(): void {
    this.#send('WATCHDOG=1');
  }

  close(): void {
    this.#socket?.close();
  }

  #send(text: string): void {
    try {
      this.#socket?.send(Buffer.from(text));
    } catch {
      // A manager that restarts or does not read is no reason to fail.
    }
  }
}

function open(name: string): UnixDatagram | undefined {
  try {
    return UnixDatagram.connect(name);
  } catch {
    return undefined;
  }
}
