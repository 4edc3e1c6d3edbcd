import { ByteView, DecodeError, type Message, MessageWalker } from '../../protocol/netlink/index.ts';
import { printable } from '../../protocol/netlink/text/printable.ts';
import { describeLines } from './describe-lines.ts';
import { describeMessage } from './describe-message.ts';
import { builtInFamilies, learnFamily } from './families.ts';
import type { MessageTable } from './message-table.ts';

/** Describes the datagrams of one connection in turn: it learns the names of families from nlctrl's replies. */
export class TrafficDescriber {
  readonly #protocolFamily: number | undefined;
  readonly #tables: readonly MessageTable[];
  readonly #families = new Map(builtInFamilies);

  /**
   * `protocolFamily` is the socket's netlink protocol (`NETLINK_*`), generic netlink where it is undefined. `tables`:
   * how messages of other families than nlctrl and NETLINK_ROUTE are read.
   */
  constructor(protocolFamily: number | undefined, tables: readonly MessageTable[]) {
    this.#protocolFamily = protocolFamily;
    this.#tables = tables;
  }

  /** The lines that show every message of a datagram, free of control characters. Never throws for what is in it. */
  lines(datagram: Uint8Array): string[] {
    const lines: string[] = [];
    const walker = new MessageWalker(new ByteView(datagram));
    try {
      while (walker.next()) {
        lines.push(...this.#describe(walker.message));
        learnFamily(walker.message, this.#families);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      lines.push(error.message);
    }
    return lines.map(printable);
  }

  #describe(message: Message): string[] {
    const options = {
      families: this.#families,
      protocolFamily: this.#protocolFamily,
      tables: this.#tables,
    };
    return describeLines(describeMessage(message, options));
  }
}
