import {
  align,
  HEADER_LENGTH,
  HOST_IS_LITTLE_ENDIAN,
  MessageFlag,
  MessageType,
  MessageWriter,
} from '../../protocol/netlink/index.ts';

/**
 * A fault to inject into the replies of a socket. `datagram` selects one: its position among the
 * datagrams that were sent to the client since the faults were set, from 1.
 *
 * - `drop`: the datagram is lost;
 * - `duplicate`: it arrives twice;
 * - `hold`: it is delayed until after the next `datagrams` datagrams;
 * - `truncate`: only its first `length` bytes arrive;
 * - `foreign`: a copy with another port id in every header arrives before it;
 * - `stale`: a copy with another sequence number in every header arrives before it;
 * - `malformed-ack`: its ack, which must be its only message, has a malformed attribute;
 * - `overrun`: an NLMSG_OVERRUN arrives instead;
 * - `error`: a read fails with `errno` before it.
 */
export type Fault = { readonly datagram: number } & (
  | { readonly action: 'drop' | 'duplicate' | 'malformed-ack' | 'overrun' }
  | { readonly action: 'hold'; readonly datagrams: number }
  | { readonly action: 'truncate'; readonly length: number }
  | { readonly action: 'foreign'; readonly portId: number }
  | { readonly action: 'stale'; readonly sequence: number }
  | { readonly action: 'error'; readonly errno: number }
);

/** A datagram, or the errno with which a read fails. */
export type Arrival = Uint8Array | number;

/** Applies faults to the datagrams of a socket. */
export class FaultInjector {
  readonly #faults: readonly Fault[];
  readonly #held: { datagram: Uint8Array; after: number }[] = [];
  #count = 0;

  constructor(faults: readonly Fault[]) {
    this.#faults = faults;
  }

  /** Returns what arrives in place of `datagram`. */
  apply(datagram: Uint8Array): Arrival[] {
    const number = ++this.#count;
    let arrivals: Arrival[] = [datagram];
    for (const fault of this.#faults) {
      if (fault.datagram === number) arrivals = this.#apply(fault, datagram, arrivals);
    }
    for (const held of this.#held.filter((entry) => entry.after <= number)) {
      this.#held.splice(this.#held.indexOf(held), 1);
      arrivals.push(held.datagram);
    }
    return arrivals;
  }

  #apply(fault: Fault, datagram: Uint8Array, arrivals: Arrival[]): Arrival[] {
    switch (fault.action) {
      case 'drop':
        return [];
      case 'duplicate':
        return [...arrivals, datagram.slice()];
      case 'hold':
        this.#held.push({ datagram, after: fault.datagram + Math.max(1, fault.datagrams) });
        return [];
      case 'truncate':
        return [datagram.slice(0, fault.length)];
      case 'foreign':
        return [withHeaderWord(datagram, 12, fault.portId), ...arrivals];
      case 'stale':
        return [withHeaderWord(datagram, 8, fault.sequence), ...arrivals];
      case 'malformed-ack':
        return [withMalformedAttribute(datagram)];
      case 'overrun':
        return [overrun(datagram)];
      case 'error':
        return [fault.errno, ...arrivals];
    }
  }
}

function eachMessage(
  datagram: Uint8Array,
  visit: (data: DataView, offset: number, length: number) => void,
): void {
  const data = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  for (let offset = 0; offset + HEADER_LENGTH <= datagram.length; ) {
    const length = data.getUint32(offset, HOST_IS_LITTLE_ENDIAN);
    if (length < HEADER_LENGTH) return;
    visit(data, offset, length);
    offset += align(length);
  }
}

function withHeaderWord(datagram: Uint8Array, at: number, value: number): Uint8Array {
  const copy = datagram.slice();
  eachMessage(copy, (data, offset) => data.setUint32(offset + at, value, HOST_IS_LITTLE_ENDIAN));
  return copy;
}

/** Appends an attribute whose length exceeds the message to an ack, which must be the only message of its datagram. */
function withMalformedAttribute(datagram: Uint8Array): Uint8Array {
  const copy = new Uint8Array(align(datagram.length) + 4);
  copy.set(datagram);
  eachMessage(copy, (data, offset, length) => {
    if (data.getUint16(offset + 4, HOST_IS_LITTLE_ENDIAN) !== MessageType.ERROR) return;
    const flags = data.getUint16(offset + 6, HOST_IS_LITTLE_ENDIAN) | MessageFlag.ACK_TLVS;
    data.setUint16(offset + 6, flags, HOST_IS_LITTLE_ENDIAN);
    data.setUint32(offset, align(length) + 4, HOST_IS_LITTLE_ENDIAN);
    data.setUint32(offset + align(length), 0xffffffff, HOST_IS_LITTLE_ENDIAN);
  });
  return copy;
}

function overrun(datagram: Uint8Array): Uint8Array {
  const data = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const writer = new MessageWriter(HEADER_LENGTH);
  const offset = writer.beginMessage({
    type: MessageType.OVERRUN,
    flags: 0,
    sequence: data.getUint32(8, HOST_IS_LITTLE_ENDIAN),
    portId: data.getUint32(12, HOST_IS_LITTLE_ENDIAN),
  });
  writer.endMessage(offset);
  return writer.copy();
}
