import { serviceKeyText } from '../../../protocol/ipvs/index.ts';
import { OutputClosed } from '../system.ts';
import { frame, tableHeight } from './frame.ts';
import type { Key } from './screen/keys.ts';
import { Painter } from './screen/painter.ts';
import type { Screen } from './screen/screen.ts';
import { ServersSnapshot } from './snapshots/servers-snapshot.ts';
import { ServicesSnapshot } from './snapshots/services-snapshot.ts';
import type { Page, Row, Snapshot } from './snapshots/snapshot.ts';
import type { TopReader } from './table-reader.ts';
import { clamped, type OpenedService, press, type View } from './view.ts';

/** Options of a live view. */
export interface LiveOptions {
  /** The initial view. */
  readonly view: View;
  /** Seconds between two reads. */
  readonly interval: number;
  /** Whether lines may contain escape sequences for colours. */
  readonly styled: boolean;
  /** Returns the message for an error. */
  explain(error: unknown): string;
}

/**
 * Shows the table on a screen until the user quits. An error of the first read is thrown before the screen is
 * changed; later errors are shown at the bottom, and the read is repeated.
 */
export async function showLive(reader: TopReader, screen: Screen, options: LiveOptions): Promise<void> {
  const live = new LiveTable(reader, screen, options);
  await live.readOnce();
  await live.run();
}

class LiveTable {
  readonly #reader: TopReader;
  readonly #screen: Screen;
  readonly #options: LiveOptions;
  readonly #painter = new Painter();
  #view: View;
  /** The table as last read; undefined if only one service is ever shown. */
  #services: ServicesSnapshot | undefined;
  #servers: ServersSnapshot | undefined;
  #records: Awaited<ReturnType<TopReader['read']>> | undefined;
  #time = new Date();
  #problem: string | undefined;
  #page: Page = { rows: [], matching: 0 };
  #timer: NodeJS.Timeout | undefined;
  #reading = false;
  /** Whether to read once more after the current read. */
  #readAgain = false;
  #settle: { resolve(): void; reject(error: unknown): void } | undefined;

  constructor(reader: TopReader, screen: Screen, options: LiveOptions) {
    this.#reader = reader;
    this.#screen = screen;
    this.#options = options;
    this.#view = options.view;
  }

  async run(): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = { resolve, reject };
        this.#screen.start({
          keys: (keys) => this.#guard(() => this.#press(keys)),
          redraw: () =>
            this.#guard(() => {
              this.#painter.invalidate();
              this.#draw();
            }),
          end: () => reject(new OutputClosed()),
        });
        this.#guard(() => this.#draw());
        this.#schedule();
      });
    } finally {
      this.#settle = undefined;
      clearTimeout(this.#timer);
      this.#screen.stop();
    }
  }

  /** Does the work; an error ends the view. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#settle?.reject(error);
    }
  }

  #press(keys: readonly Key[]): void {
    for (const key of keys) {
      const [view, action] = press(this.#view, key, {
        height: tableHeight(this.#screen.size),
        matching: this.#page.matching,
        service: this.#selectedService(),
      });
      const opened = view.opened !== this.#view.opened;
      this.#view = view;
      if (action === 'quit') {
        this.#settle?.resolve();
        return;
      }
      if (opened) this.#open(view.opened);
      // The next key acts on what this one shows.
      this.#updatePage();
      if (action === 'refresh') void this.#read();
      if (view.paused) clearTimeout(this.#timer);
    }
    this.#draw();
  }

  /**
   * Shows the real servers of a service from the last read of the whole table, until the service itself is
   * read.
   */
  #open(opened: OpenedService | undefined): void {
    this.#servers =
      opened === undefined || this.#records === undefined
        ? undefined
        : new ServersSnapshot(this.#records, opened.key);
  }

  #selectedService(): OpenedService | undefined {
    const row = this.#selectedRow();
    return row?.service && { key: row.service, title: serviceKeyText(row.service) };
  }

  /** Reads now, or once more after a read in progress. */
  async #read(): Promise<void> {
    if (this.#reader.isFixed) return;
    this.#readAgain = this.#reading;
    if (this.#reading) return;
    clearTimeout(this.#timer);
    this.#reading = true;
    const selected = this.#selectedRow();
    try {
      await this.readOnce();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = this.#options.explain(error);
    }
    this.#reading = false;
    if (this.#settle === undefined) return;
    this.#guard(() => {
      this.#reselect(selected);
      this.#draw();
    });
    if (this.#readAgain) await this.#read();
    else this.#schedule();
  }

  /** Reads the table, or the service that is open. */
  async readOnce(): Promise<void> {
    const { opened } = this.#view;
    const records = await this.#reader.read(opened?.key);
    if (opened !== this.#view.opened) return;
    this.#time = new Date();
    if (opened !== undefined) this.#servers = new ServersSnapshot(records, opened.key);
    else {
      this.#records = records;
      this.#services = new ServicesSnapshot(records);
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#view.paused || this.#reader.isFixed) return;
    this.#timer = setTimeout(() => void this.#read(), this.#options.interval * 1000);
  }

  #selectedRow(): Row | undefined {
    return this.#page.rows[this.#view.selected - this.#view.offset];
  }

  /** Selects the previously selected row again, if it is still on the screen. */
  #reselect(previous: Row | undefined): void {
    if (previous === undefined) return;
    this.#updatePage();
    const index = this.#page.rows.findIndex(
      ({ protocol, name }) => protocol === previous.protocol && name === previous.name,
    );
    if (index >= 0) this.#view = { ...this.#view, selected: this.#view.offset + index };
  }

  /** Updates the rows on the screen, and limits the view's offset and selection to them. */
  #updatePage(): void {
    const snapshot = this.#snapshot();
    const height = tableHeight(this.#screen.size);
    const { matching } = snapshot.page(this.#view, 0, 0);
    this.#view = clamped(this.#view, { height, matching });
    this.#page = snapshot.page(this.#view, this.#view.offset, height);
  }

  #snapshot(): Snapshot {
    return this.#view.opened === undefined ? this.#services! : this.#servers!;
  }

  #draw(): void {
    this.#updatePage();
    const { size } = this.#screen;
    const contents = {
      view: this.#view,
      page: this.#page,
      totals: this.#snapshot().totals,
      time: this.#time,
      interval: this.#reader.isFixed ? undefined : this.#options.interval,
      problem: this.#problem,
    };
    const text = this.#painter.paint(frame(contents, size, this.#options.styled), size);
    if (text !== '') this.#screen.write(text);
  }
}
