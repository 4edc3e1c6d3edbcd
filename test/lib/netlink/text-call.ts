import type { Call } from '../../../lib/netlink/request/call.ts';
import { type Message, type MessageWriter, readString } from '../../../protocol/netlink/index.ts';

/** A call whose replies are text. */
export class TextCall implements Call<string[]> {
  readonly command: string = 'GET_TEXT';
  readonly object: string;
  readonly type = 29;
  readonly dump: boolean;
  /** The texts received; a test may remove some or all of them. */
  texts: string[] = [];
  restarts = 0;

  constructor(object = '', options: { dump?: boolean } = {}) {
    this.object = object;
    this.dump = options.dump ?? false;
  }

  encode(writer: MessageWriter): void {
    writer.raw(new TextEncoder().encode(this.object));
  }

  receive(message: Message): void {
    this.texts.push(readString(message.view.bytes, message.payloadOffset, message.end));
  }

  result(): string[] {
    return this.texts;
  }

  reset(): void {
    this.restarts++;
    this.texts = [];
  }
}
