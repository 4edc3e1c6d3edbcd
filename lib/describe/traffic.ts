import { ByteView, DecodeError, type Message, MessageWalker } from '../../protocol/netlink/index.ts';
import { printable } from '../../protocol/netlink/text/printable.ts';
import { describeLines } from './describe-lines.ts';
import { describeMessage } from './describe-message.ts';
import { addFamily, builtInFamilies } from './families.ts';
import type { FamilySpec } from './family-spec.ts';

/**
 * Describes the datagrams of one socket one after the other, and learns the names of families from nlctrl's
 * replies.
 */
export class TrafficDescriber {
  readonly #netlinkProtocol: number | undefined;
  readonly #specs: readonly FamilySpec[];
  readonly #families = new Map(builtInFamilies);

  /**
   * `netlinkProtocol` is the netlink protocol of the socket (`NETLINK_*`); undefined means generic netlink.
   * `specs` are the specs of families other than nlctrl and NETLINK_ROUTE.
   */
  constructor(netlinkProtocol: number | undefined, specs: readonly FamilySpec[]) {
    this.#netlinkProtocol = netlinkProtocol;
    this.#specs = specs;
  }

  /**
   * Describes every message of a datagram as lines, with control characters escaped. Never throws for
   * malformed messages.
   */
  lines(datagram: Uint8Array): string[] {
    const lines: string[] = [];
    const walker = new MessageWalker(new ByteView(datagram));
    try {
      while (walker.next()) {
        for (const line of this.#describe(walker.message)) lines.push(line);
        addFamily(walker.message, this.#families);
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
      netlinkProtocol: this.#netlinkProtocol,
      specs: this.#specs,
    };
    return describeLines(describeMessage(message, options));
  }
}
