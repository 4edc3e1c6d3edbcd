import type { DestinationView, ServiceRecords, ServiceView } from '../../protocol/ipvs/index.ts';
import { HOST_IS_LITTLE_ENDIAN } from '../../protocol/netlink/index.ts';
import { descriptionText, labelValue, sampleName } from './family.ts';
import type { MetricsFormat } from './format.ts';
import { type LabelScheme, type Labels, labelWriter } from './labels.ts';
import type { TableFamily, TableInfo } from './table-families.ts';

/** Minimum length of a chunk of text, in characters, except for the last one. */
const CHUNK = 65536;

/**
 * Calls `each` with every service, or every destination, and the index of its service; always in the same
 * order.
 */
type Walk<View> = (each: (view: View, service: number) => void) => void;

/**
 * The time series of all services, or of all destinations. Objects whose selected labels are equal form one
 * series.
 */
class Series<View> {
  /** The labels of each series as text, such as `{address="192.0.2.1",port="80"}`; empty for none. */
  readonly #labels: readonly string[];
  /** The index of the series of each object, in the order of the walk. */
  readonly #seriesOf: Uint32Array;
  readonly #walk: Walk<View>;

  /** Makes the series of `count` objects; `labelsOf` is called for each in the order of the walk. */
  constructor(count: number, walk: Walk<View>, labelsOf: (view: View, service: number) => string) {
    const numbers = new Uint32Array(count);
    const numberByLabels = new Map<string, number>();
    let index = 0;
    walk((view, service) => {
      const pairs = labelsOf(view, service);
      const text = pairs === '' ? '' : `{${pairs}}`;
      let number = numberByLabels.get(text);
      if (number === undefined) numberByLabels.set(text, (number = numberByLabels.size));
      numbers[index++] = number;
    });
    this.#labels = [...numberByLabels.keys()];
    this.#seriesOf = numbers;
    this.#walk = walk;
  }

  /** Yields the text of a metric in chunks. */
  *family(family: TableFamily<View>, format: MetricsFormat): Generator<string> {
    const sums = this.#sums(family);
    // Most values fit in the low word, which is formatted without a bigint.
    const words = new Uint32Array(sums.buffer);
    const [low, high] = HOST_IS_LITTLE_ENDIAN ? [0, 1] : [1, 0];
    const name = sampleName(family);
    let text = descriptionText(family, format);
    for (const [number, labels] of this.#labels.entries()) {
      const value = words[2 * number + high] === 0 ? words[2 * number + low]! : sums[number]!;
      if (value === 0 && family.absentAtZero === true) continue;
      text += `${name}${labels} ${value}\n`;
      if (text.length < CHUNK) continue;
      yield text;
      text = '';
    }
    yield text;
  }

  #sums({ value }: TableFamily<View>): BigUint64Array {
    const sums = new BigUint64Array(this.#labels.length);
    let index = 0;
    this.#walk((view) => {
      sums[this.#seriesOf[index++]!]! += BigInt(value(view));
    });
    return sums;
  }

  /** Yields the text of an info metric in chunks. */
  *info(info: TableInfo<View>, format: MetricsFormat): Generator<string> {
    const name = sampleName(info);
    const written = new Set<string>();
    let index = 0;
    this.#walk((view) => {
      const labels = this.#labels[this.#seriesOf[index++]!]!;
      const own = `${info.label}="${labelValue(info.value(view))}"`;
      written.add(labels === '' ? `{${own}}` : `${labels.slice(0, -1)},${own}}`);
    });
    let text = descriptionText(info, format);
    for (const labels of written) {
      text += `${name}${labels} 1\n`;
      if (text.length < CHUNK) continue;
      yield text;
      text = '';
    }
    yield text;
  }
}

/** The time series of a table. */
export interface TableSeries {
  readonly services: Series<ServiceView>;
  readonly destinations: Series<DestinationView>;
  readonly destinationCount: number;
}

/** Makes the series of a table with the labels of a scheme. They are valid as long as the records are. */
export function seriesOf(records: ServiceRecords, scheme: LabelScheme, labels: Labels): TableSeries {
  const labelsOfService = labelWriter(scheme.service, labels, scheme.writesEmpty);
  const labelsOfDestination = labelWriter(scheme.destination, labels, scheme.writesEmpty);
  const texts: string[] = [];
  let destinationCount = 0;
  const services = new Series<ServiceView>(
    records.length,
    (each) => {
      const cursor = records.cursor();
      while (cursor.nextService()) each(cursor.service, cursor.index);
    },
    (view) => {
      const text = labelsOfService(view);
      texts.push(text);
      return text;
    },
  );
  const cursor = records.cursor();
  while (cursor.nextService()) destinationCount += cursor.destinationCount;
  const destinations = new Series<DestinationView>(
    destinationCount,
    (each) => {
      const cursor = records.cursor();
      while (cursor.nextService()) while (cursor.nextDestination()) each(cursor.destination, cursor.index);
    },
    (view, service) => {
      const ofService = texts[service]!;
      const own = labelsOfDestination(view);
      return ofService === '' || own === '' ? ofService + own : `${ofService},${own}`;
    },
  );
  return { services, destinations, destinationCount };
}
