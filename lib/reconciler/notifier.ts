import { UnixDatagram } from '../netlink/socket/unix-datagram.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Notifies systemd of the state of this process, as sd_notify(3) does. Without systemd it does nothing; errors
 * are ignored.
 */
export class Notifier {
  readonly #socket: UnixDatagram | undefined;
  #status = '';
  #isReady = false;
  #isReloading = false;
  /** Milliseconds between pings of the watchdog; undefined if systemd expects none. */
  readonly watchdogInterval: number | undefined;

  /** Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from an environment. */
  constructor(environment: Environment) {
    const { NOTIFY_SOCKET: name, WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = environment;
    this.#socket = name === undefined ? undefined : open(name);
    const limit = Number(WATCHDOG_USEC);
    const isOurs = Number(WATCHDOG_PID) === process.pid;
    // Microseconds to milliseconds, halved: two pings per timeout, as sd_watchdog_enabled(3) recommends.
    this.watchdogInterval = this.#socket !== undefined && isOurs && limit > 0 ? limit / 2000 : undefined;
  }

  /** Reports that the process is ready; sent once. */
  ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#send('READY=1');
  }

  /**
   * Reports that the process is reloading its configuration; {@link reloaded} ends this. Does nothing before {@link
   * ready}.
   */
  reloading(): void {
    if (!this.#isReady) return;
    this.#isReloading = true;
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  /** Reports that the reload has ended, successfully or not: `systemctl reload` waits for that. */
  reloaded(): void {
    if (this.#isReloading) this.#send('READY=1');
    this.#isReloading = false;
  }

  /** Reports that the process is shutting down. */
  stopping(): void {
    this.#send('STOPPING=1');
  }

  /** Sets the line that `systemctl status` shows; sent only if it has changed. */
  status(line: string): void {
    if (line === this.#status) return;
    this.#status = line;
    this.#send(`STATUS=${line.replaceAll('\n', ' ')}`);
  }

  /** Pings the watchdog. */
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
      // The process must not fail because systemd restarts or does not read.
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
