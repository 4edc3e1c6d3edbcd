import { beginGenericMessage, CONTROLLER_ID } from '../../protocol/genetlink/index.ts';
import { Command, FAMILY_NAME } from '../../protocol/ipvs/fields/constants.ts';
import { SCHEDULERS } from '../../protocol/ipvs/fields/names.ts';
import { MessageFlag, MessageWriter } from '../../protocol/netlink/index.ts';
import { SystemCallError } from '../netlink/errors.ts';
import { controllerFamily } from './controller-family.ts';
import { MESSAGE_OVERHEAD } from './dump-datagram.ts';
import type { FakeKernelOptions, FakeSocketOptions, KernelVersion } from './fake-options.ts';
import type { Protocol, RequestMessage } from './fake-socket.ts';
import { FakeSocket } from './fake-socket.ts';
import { FakeSysctls } from './fake-sysctls.ts';
import { FakeTransport } from './fake-transport.ts';
import type { Dump, FakeFamily } from './family.ts';
import { ipvsFamily } from './ipvs/ipvs-family.ts';
import { IpvsTable } from './ipvs/ipvs-table.ts';
import { TableState } from './ipvs/table-state.ts';
import { TRAITS, type Traits } from './kernel-traits.ts';
import { notSupported, otherFamilies } from './other-families.ts';
import { Errno, RequestRefused } from './request-refused.ts';

const INTERFACES = { lo: 65536, eth0: 1500, eth1: 1500 };
const FIRST_FAMILY_ID = 26;
const LAST_VENDOR_COMMAND = 20;
const FIRST_PORT_ID = 40_001;
const RECEIVE_LENGTH = 65536;

/**
 * A fake kernel with generic netlink and IPVS, in memory: requests and replies are bytes, with the checks,
 * errnos, lengths and datagrams of the real kernel.
 *
 * It has one network namespace and no clock: timeouts never expire, daemons and connections do
 * nothing, and counters change only when a test sets them.
 */
export class FakeKernel {
  /** Called before each datagram of a dump is made, with its number from 1 within the dump. */
  onDumpPart: ((number: number, kernel: FakeKernel) => void) | undefined;
  /** The commands 18 to 20 that it has received if the option `singleDump` is `full-nat`. */
  readonly vendorCommands: number[] = [];
  /** The kernel version that it emulates. */
  readonly version: KernelVersion;
  /** Its sysctls of IPVS, which clients reach through {@link connect}. */
  readonly sysctls: FakeSysctls;
  /** The contents of /proc/net/ip_vs_conn, set by tests. */
  connections = '';
  readonly #options: FakeKernelOptions;
  readonly #traits: Traits;
  readonly #families = new Map<number, FakeFamily>();
  readonly #sockets = new Map<number, FakeSocket>();
  readonly #protocol: Protocol;
  #state: TableState;
  #nextFamilyId = FIRST_FAMILY_ID;
  #nextPortId = FIRST_PORT_ID;
  #ipvsId = 0;

  constructor(options: FakeKernelOptions = {}) {
    this.version = options.version ?? '6.12';
    this.#options = options;
    this.sysctls = new FakeSysctls(this.version, () => this.#ipvsId !== 0);
    this.#traits = TRAITS[this.version];
    this.#state = this.#newState();
    this.#families.set(
      CONTROLLER_ID,
      controllerFamily(
        () => [...this.#families].sort(([a], [b]) => a - b),
        this.#traits.packsDone,
        (name) => this.#requestModule(name),
      ),
    );
    for (const [id, family] of otherFamilies) this.#families.set(id, family);
    this.#protocol = {
      charge: (length) => charge(length, this.#traits.smallestHead),
      request: (message, socket, warn) => this.#dispatch(message, socket, warn),
      beforeDumpDatagram: (number) => this.onDumpPart?.(number, this),
    };
    if (options.loaded ?? true) this.loadModule();
  }

  /**
   * The table of IPVS, which tests read and change as another process would.
   *
   * Services are in the order of the kernel's hash tables. The kernel's hash depends on a memory address,
   * which differs from boot to boot; the option `hashSalt` takes its place.
   */
  get state(): TableState {
    return this.#state;
  }

  /** The message type of IPVS; 0 while the module is not loaded. */
  get familyId(): number {
    return this.#ipvsId;
  }

  /** Loads ip_vs, with an empty table, and with another family id than before. */
  loadModule(): void {
    if (this.#ipvsId !== 0) return;
    this.#ipvsId = this.#nextFamilyId++;
    const { features, singleDump = 'none', strictSingleDump = true } = this.#options;
    const isFullNat = singleDump === 'full-nat';
    this.#families.set(
      this.#ipvsId,
      ipvsFamily({
        table: () => this.#state.table,
        features: { stats64: true, addressFamily: true, tunnels: true, ...features },
        singleDump,
        resvStartOp: isFullNat ? LAST_VENDOR_COMMAND + 1 : Command.FLUSH + (strictSingleDump ? 1 : 2),
        dumpsHavePolicy: !this.#traits.splitOperations,
        connectionTableSize: this.#options.connectionTableSize ?? 4096,
        onVendorCommand: (command) => {
          this.vendorCommands.push(command);
        },
      }),
    );
  }

  /** Unloads ip_vs and clears its table. */
  unloadModule(): void {
    this.#families.delete(this.#ipvsId);
    this.#ipvsId = 0;
    this.#state.table.flush();
    this.#state = this.#newState();
    this.sysctls.reset();
    this.connections = '';
  }

  /** Opens a socket and returns a transport over it. Throws a SystemCallError if the port id is in use. */
  connect(options: FakeSocketOptions = {}): FakeTransport {
    const socket = this.openSocket(options);
    return new FakeTransport(socket, this, () => this.#sockets.delete(socket.portId));
  }

  /** Opens a socket. Throws a SystemCallError if the port id is in use. */
  openSocket(options: FakeSocketOptions = {}): FakeSocket {
    const merged = { ...this.#options.socket, ...options };
    let { portId } = merged;
    if (portId === undefined) {
      do portId = this.#nextPortId++;
      while (this.#sockets.has(portId));
    } else if (this.#sockets.has(portId)) throw new SystemCallError('bind', Errno.EADDRINUSE);
    const socket = new FakeSocket(this.#protocol, portId, merged);
    this.#sockets.set(portId, socket);
    return socket;
  }

  /**
   * Processes a datagram of requests from `portId` and returns every datagram of the replies, those of
   * dumps included. The socket stays open for the next call; its receive buffer is unlimited.
   */
  handle(portId: number, datagram: Uint8Array): Uint8Array[] {
    return [...this.replies(portId, datagram)];
  }

  /** As {@link handle}, but each datagram of a dump is made when the generator is advanced. */
  *replies(portId: number, datagram: Uint8Array): Generator<Uint8Array, void, undefined> {
    const socket =
      this.#sockets.get(portId) ?? this.openSocket({ portId, receiveBuffer: Number.POSITIVE_INFINITY });
    if (datagram.length > 0) socket.send(datagram);
    for (;;) {
      const reply = socket.receive(RECEIVE_LENGTH);
      if (reply === undefined) return;
      yield reply;
    }
  }

  /** Closes the socket of {@link handle} for `portId`. */
  removeSocket(portId: number): void {
    this.#sockets.get(portId)?.close();
    this.#sockets.delete(portId);
  }

  #newState(): TableState {
    const options = this.#options;
    const environment = {
      schedulers: new Set(options.schedulers ?? SCHEDULERS),
      persistenceEngines: new Set(options.persistenceEngines ?? ['sip']),
      interfaces: new Map(Object.entries(options.interfaces ?? INTERFACES)),
      ipv6: options.ipv6 ?? true,
    };
    return new TableState(new IpvsTable(environment, options.hashSalt ?? 0));
  }

  /** Loads a family's module if the options allow it (`request_module`). */
  #requestModule(name: string): void {
    if (name === FAMILY_NAME && this.#options.loadsOnDemand === true) this.loadModule();
  }

  /** Runs the operation after checks of header and capabilities, in the order of `genl_family_rcv_msg`. */
  #dispatch(message: RequestMessage, socket: FakeSocket, warn: (message: string) => void): Dump | undefined {
    const { view, offset, end } = message;
    const family = this.#families.get(message.type);
    if (family === undefined) throw new RequestRefused(Errno.ENOENT, 'no such family');
    const attributesOffset = offset + MESSAGE_OVERHEAD + family.headerSize;
    if (end < attributesOffset) throw new RequestRefused(Errno.EINVAL, 'the generic header is truncated');
    const command = view.bytes[offset + MESSAGE_OVERHEAD - 4]!;
    if (command >= family.resvStartOp) checkHeader(message);
    const isDump = (message.flags & MessageFlag.DUMP) === MessageFlag.DUMP;
    const operation = family.operations.find((candidate) => candidate.command === command);
    const handler = isDump ? operation?.dump : operation?.run;
    const unsupported = this.#traits.splitOperations ? handler === undefined : operation === undefined;
    if (operation === undefined || unsupported) throw notSupported();
    if (operation.admin && !socket.privileged) {
      throw new RequestRefused(Errno.EPERM, 'CAP_NET_ADMIN is missing');
    }
    if (handler === undefined) throw notSupported();
    const request = {
      view,
      offset,
      attributesOffset,
      end,
      command,
      warn,
      reply: (replyCommand: number, version: number, body: Uint8Array): void => {
        const header = { type: message.type, flags: 0, sequence: message.sequence, portId: socket.portId };
        const writer = new MessageWriter(MESSAGE_OVERHEAD + body.length);
        const start = beginGenericMessage(writer, header, { command: replyCommand, version });
        writer.raw(body);
        writer.endMessage(start);
        socket.deliver(writer.bytes);
      },
    };
    if (isDump) return operation.dump?.(request);
    operation.run?.(request);
    return undefined;
  }
}

/** Checks the headers of commands from `resvStartOp` on (`genl_header_check`). */
function checkHeader({ view, offset, flags }: RequestMessage): void {
  const refuse = (message: string): never => {
    throw new RequestRefused(Errno.EINVAL, message, { message });
  };
  if (view.data.getUint16(offset + MESSAGE_OVERHEAD - 2) !== 0) {
    refuse('genlmsghdr.reserved field is not 0');
  }
  const rest = (flags & MessageFlag.DUMP) === MessageFlag.DUMP ? flags & ~MessageFlag.DUMP : flags;
  if ((rest & ~(MessageFlag.REQUEST | MessageFlag.ACK | MessageFlag.ECHO)) !== 0) {
    refuse('ambiguous or reserved bits set in nlmsg_flags');
  }
}

/** Returns the `truesize` of an skb: the slab of its data and `skb_shared_info`, and the `sk_buff` itself. */
function charge(length: number, smallestHead: number): number {
  const data = ((length + 63) & ~63) + 320;
  let slab = smallestHead;
  if (data > slab) for (slab = 1024; slab < data; slab *= 2);
  return slab + 256;
}
