import { PROTOCOL_NUMBERS, type Protocol } from '../../../protocol/ipvs/index.ts';
import { isPrintable } from '../../../protocol/netlink/text/printable.ts';
import { textOfFile } from '../../text/text-file.ts';

/** The names of ports in /etc/services, as in getservbyname and getservbyport. */
export class ServicesFile {
  readonly #ports = new Map<string, number>();
  readonly #names = new Map<string, string>();

  /** Parses the text of a services file. The first entry for a name or a port wins. */
  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [name, portAndProtocol, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
      const [, port, protocol] = /^(\d+)\/(\w+)$/.exec(portAndProtocol ?? '') ?? [];
      if (name === undefined || port === undefined || !isPrintable(name)) continue;
      const number = Number(port);
      if (!this.#names.has(`${number}/${protocol}`)) this.#names.set(`${number}/${protocol}`, name);
      for (const each of [name, ...aliases])
        if (!this.#ports.has(`${each}/${protocol}`)) this.#ports.set(`${each}/${protocol}`, number);
    }
  }

  /** Reads the file of this machine; without one there are no names. */
  static read(path = '/etc/services'): ServicesFile {
    return new ServicesFile(textOfFile(path) ?? '');
  }

  portOf(name: string, protocol: Protocol): number | undefined {
    return this.#ports.get(`${name}/${protocol}`);
  }

  nameOf(port: number, protocol: Protocol | undefined): string | undefined {
    return protocol !== undefined && protocol in PROTOCOL_NUMBERS
      ? this.#names.get(`${port}/${protocol}`)
      : undefined;
  }
}
