import { ipvsAttributes, ipvsCodec } from '../../../protocol/ipvs/fields/attributes.ts';
import { Command, FAMILY_NAME, FAMILY_VERSION } from '../../../protocol/ipvs/fields/constants.ts';
import { MessageWriter } from '../../../protocol/netlink/index.ts';
import type { Dump, FakeFamily, FakeOperation, OperationRequest } from '../family.ts';
import { RequestRefused } from '../request-refused.ts';
import {
  daemonDump,
  destinationDump,
  proposedSingleDump,
  serviceDump,
  singleDumpWithDumpIntr,
} from './ipvs-dumps.ts';
import { IpvsRequests } from './ipvs-requests.ts';
import type { IpvsTable } from './ipvs-table.ts';
import { type Features, TableEncoding } from './table-encoding.ts';
import type { ServiceEntry } from './table-entries.ts';

/**
 * A kernel's implementation of GET_SERVICE_DEST (command 18), the single dump:
 * - `none`: a stock kernel, which does not have it;
 * - `nested`: services with nested destinations; NLM_F_DUMP_INTR reports changes during the dump;
 * - `nested-without-dump-intr`: the same without NLM_F_DUMP_INTR, as it was proposed;
 * - `flat`: a message for each service, followed by one for each of its destinations; with NLM_F_DUMP_INTR;
 * - `flat-without-dump-intr`: the same without NLM_F_DUMP_INTR, as in the first version of the proposal;
 * - `full-nat`: a vendor's kernel with full NAT, where command 18 is a do with another meaning.
 */
export type SingleDump =
  | 'none'
  | 'nested'
  | 'nested-without-dump-intr'
  | 'flat'
  | 'flat-without-dump-intr'
  | 'full-nat';

/** Options of the IPVS family. */
export interface IpvsFamilyOptions {
  /** Returns the table of the network namespace. */
  readonly table: () => IpvsTable;
  readonly features: Features;
  readonly singleDump: SingleDump;
  /** The first command whose requests are validated strictly, reserved header field (`resv_start_op`) and attributes. */
  readonly resvStartOp: number;
  /** Whether nlctrl lists a policy for operations that only dump. */
  readonly dumpsHavePolicy: boolean;
  /** Number of hash buckets of the connection table. */
  readonly connectionTableSize: number;
  /** Called for each of the commands 18 to 20 that a full-NAT kernel receives. */
  readonly onVendorCommand: (command: number) => void;
}

/** The version in replies to GET_INFO: 1.2.1. */
const MODULE_VERSION = 0x010201;

/** Returns the generic netlink family of IPVS with all its operations. */
export function ipvsFamily(options: IpvsFamilyOptions): FakeFamily {
  const { singleDump } = options;
  const standard = new IpvsOperations(options).standard();
  const hasSingleDump = singleDump !== 'none' && singleDump !== 'full-nat';
  const operations = hasSingleDump
    ? [new IpvsOperations(options).singleDump(), ...standard]
    : singleDump === 'full-nat'
      ? [...standard, ...vendorOperations(options)]
      : standard;
  return {
    name: FAMILY_NAME,
    version: FAMILY_VERSION,
    headerSize: 0,
    maxAttribute: Object.keys(ipvsAttributes.command).length,
    resvStartOp: options.resvStartOp,
    operations,
    groups: [],
  };
}

/** Whether the kernel sets NLM_F_DUMP_INTR; it then also reports its generation in the reply to GET_INFO. */
function setsDumpIntr(singleDump: SingleDump): boolean {
  return singleDump === 'nested' || singleDump === 'flat';
}

function vendorOperations(options: IpvsFamilyOptions): FakeOperation[] {
  return [18, 19, 20].map((command) => ({
    command,
    admin: true,
    hasPolicy: true,
    run: () => options.onVendorCommand(command),
  }));
}

class IpvsOperations {
  readonly #options: IpvsFamilyOptions;
  readonly #encoding: TableEncoding;
  readonly #requests: IpvsRequests;
  readonly #writer = new MessageWriter(1024);

  constructor(options: IpvsFamilyOptions) {
    this.#options = options;
    this.#encoding = new TableEncoding(options.features);
    this.#requests = new IpvsRequests(options.table, options.features, options.resvStartOp);
  }

  get #table(): IpvsTable {
    return this.#options.table();
  }

  standard(): FakeOperation[] {
    const run = (command: number, handler: (request: OperationRequest) => void): FakeOperation => ({
      command,
      admin: true,
      hasPolicy: true,
      run: handler,
    });
    const dump = (command: number, start: (request: OperationRequest) => Dump): FakeOperation => ({
      command,
      admin: true,
      hasPolicy: this.#options.dumpsHavePolicy,
      dump: start,
    });
    return [
      run(Command.NEW_SERVICE, (request) => {
        const { key, settings } = this.#requests.serviceWithSettings(request);
        this.#table.addService(key, settings);
      }),
      run(Command.SET_SERVICE, (request) => {
        const { key, settings } = this.#requests.serviceWithSettings(request);
        this.#table.editService(this.#table.get(key), settings);
      }),
      run(Command.DEL_SERVICE, (request) =>
        this.#table.deleteService(this.#requests.existingService(request)),
      ),
      {
        ...run(Command.GET_SERVICE, (request) => this.#getService(request)),
        dump: () => serviceDump(this.#table, this.#encoding),
      },
      run(Command.NEW_DEST, (request) => {
        const { service, key, settings } = this.#requests.destination(request);
        this.#table.addDestination(service, key, settings);
      }),
      run(Command.SET_DEST, (request) => {
        const { service, key, settings } = this.#requests.destination(request);
        this.#table.editDestination(service, key, settings);
      }),
      run(Command.DEL_DEST, (request) => {
        const { service, key } = this.#requests.destination(request);
        this.#table.deleteDestination(service, this.#table.getDestination(service, key));
      }),
      dump(Command.GET_DEST, (request) => destinationDump(this.#finder(request, true), this.#encoding)),
      run(Command.NEW_DAEMON, (request) => this.#table.startDaemon(this.#requests.daemon(request))),
      run(Command.DEL_DAEMON, (request) => this.#table.stopDaemon(this.#requests.daemonState(request))),
      dump(Command.GET_DAEMON, () => daemonDump(this.#table, this.#encoding)),
      run(Command.SET_CONFIG, (request) => this.#setTimeouts(request)),
      run(Command.GET_CONFIG, (request) => {
        this.#requests.attributes(request);
        const { tcp, tcpFin, udp } = this.#table.timeouts;
        const timeouts = { timeoutTcp: tcp, timeoutTcpFin: tcpFin, timeoutUdp: udp };
        this.#reply(request, Command.SET_CONFIG, (writer) => ipvsCodec.encode('command', writer, timeouts));
      }),
      run(Command.GET_INFO, (request) => {
        this.#requests.attributes(request);
        const { connectionTableSize, singleDump } = this.#options;
        const info = {
          version: MODULE_VERSION,
          connectionTableSize,
          generation: setsDumpIntr(singleDump) ? this.#table.generation >>> 0 : undefined,
        };
        this.#reply(request, Command.SET_INFO, (writer) => ipvsCodec.encode('info', writer, info));
      }),
      run(Command.ZERO, (request) => this.#zero(request)),
      run(Command.FLUSH, (request) => {
        this.#requests.attributes(request);
        this.#table.flush();
      }),
    ];
  }

  singleDump(): FakeOperation {
    const { singleDump, dumpsHavePolicy } = this.#options;
    const flat = singleDump === 'flat' || singleDump === 'flat-without-dump-intr';
    const hasDumpIntr = setsDumpIntr(singleDump);
    return {
      command: Command.GET_SERVICE_DEST,
      admin: true,
      hasPolicy: dumpsHavePolicy,
      dump: (request) => {
        // Strict validation rejects a malformed request before the dump starts; otherwise the dump is empty.
        if (this.#options.resvStartOp <= Command.GET_SERVICE_DEST) this.#requests.attributes(request);
        const singleService = this.#namesService(request);
        const find = this.#finder(request, false);
        if (!hasDumpIntr) {
          const services = (): readonly ServiceEntry[] => {
            if (!singleService) return this.#table.hashTables.ordered();
            const service = find();
            return service === undefined ? [] : [service];
          };
          return proposedSingleDump(services, this.#encoding, flat);
        }
        const service = singleService ? find() : undefined;
        if (singleService && service === undefined) return proposedSingleDump(() => [], this.#encoding, flat);
        const position = this.#table.hashTables.openDump(service);
        return singleDumpWithDumpIntr(this.#table, this.#encoding, position, flat);
      },
    };
  }

  #getService(request: OperationRequest): void {
    const attributes = this.#encoding.service(this.#requests.existingService(request));
    this.#reply(request, Command.NEW_SERVICE, (writer) => {
      const nest = writer.beginAttribute(ipvsAttributes.command.service[0]);
      writer.raw(attributes);
      writer.endAttribute(nest);
    });
  }

  #setTimeouts(request: OperationRequest): void {
    const attributes = this.#requests.attributes(request);
    const { timeouts } = this.#table;
    this.#table.setTimeouts({
      tcp: attributes.has('timeoutTcp') ? attributes.u32('timeoutTcp') : timeouts.tcp,
      tcpFin: attributes.has('timeoutTcpFin') ? attributes.u32('timeoutTcpFin') : timeouts.tcpFin,
      udp: attributes.has('timeoutUdp') ? attributes.u32('timeoutUdp') : timeouts.udp,
    });
  }

  #zero(request: OperationRequest): void {
    const attributes = this.#requests.attributes(request);
    if (!attributes.has('service')) this.#table.zero(this.#table.hashTables.ordered());
    else this.#table.zero([this.#requests.existingService(request, attributes)]);
  }

  /** Whether a request names a service; true for a malformed request, too. */
  #namesService(request: OperationRequest): boolean {
    try {
      return this.#requests.attributes(request).has('service');
    } catch (error) {
      if (error instanceof RequestRefused) return true;
      throw error;
    }
  }

  /**
   * Returns a function that finds the service of a dump. An unknown or malformed one is not an error, but the
   * dump is empty. With `explains` the extended ack says why.
   */
  #finder(request: OperationRequest, explains: boolean): () => ServiceEntry | undefined {
    return () => {
      try {
        return this.#requests.service(request);
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
        if (explains && error.extack.message !== undefined) request.warn(error.extack.message);
        return undefined;
      }
    };
  }

  #reply(request: OperationRequest, command: number, encode: (writer: MessageWriter) => void): void {
    const writer = this.#writer;
    writer.reset();
    encode(writer);
    request.reply(command, FAMILY_VERSION, writer.copy());
  }
}
