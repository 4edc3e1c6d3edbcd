import type { DestinationView, ServiceRecords, ServiceView } from '../../protocol/ipvs/index.ts';
import { HOST_IS_LITTLE_ENDIAN } from '../../protocol/netlink/index.ts';
import { descriptionText, labelValue, sampleName } from './family.ts';
import type { MetricsFormat } from './format.ts';
import { type LabelOptions, type LabelScheme, labelWriter } from './labels.ts';
import type { TableInfoMetric, TableMetric } from './table-metrics.ts';

/** Minimum length of a chunk of text, in characters, except for the last one. */
const CHUNK = 65536;

/**
 * Calls `each` with every service, or every destination, and the index of its service; always in the same
 * order.
 */
type Walk<View> = (each: (view: View, serviceIndex: number) => void) => void;

/**
 * The time series of all services, or of all destinations. Those whose selected labels are equal form one
 * series.
 */
class Series<View> {
  /** The labels of each series as text, such as `{address="192.0.2.1",port="80"}`; empty for none. */
  readonly #labels: readonly string[];
  /** The index of the series of each service or destination, in the order of the walk. */
  readonly #seriesIndexes: Uint32Array;
  readonly #walk: Walk<View>;

  /** Makes the series of `count` services or destinations; calls `labelsOf` for each in the order of the walk. */
  constructor(count: number, walk: Walk<View>, labelsOf: (view: View, serviceIndex: number) => string) {
    const seriesIndexes = new Uint32Array(count);
    const indexByLabels = new Map<string, number>();
    let index = 0;
    walk((view, serviceIndex) => {
      const pairs = labelsOf(view, serviceIndex);
      const text = pairs === '' ? '' : `{${pairs}}`;
      let series = indexByLabels.get(text);
      if (series === undefined) indexByLabels.set(text, (series = indexByLabels.size));
      seriesIndexes[index++] = series;
    });
    this.#labels = [...indexByLabels.keys()];
    this.#seriesIndexes = seriesIndexes;
    this.#walk = walk;
  }

  /** Yields the text of a metric in chunks. */
  *metric(metric: TableMetric<View>, format: MetricsFormat): Generator<string> {
    const sums = this.#sums(metric);
    // Most values fit in the low word, which is formatted without a bigint.
    const words = new Uint32Array(sums.buffer);
    const [low, high] = HOST_IS_LITTLE_ENDIAN ? [0, 1] : [1, 0];
    const name = sampleName(metric);
    let text = descriptionText(metric, format);
    for (const [series, labels] of this.#labels.entries()) {
      const value = words[2 * series + high] === 0 ? words[2 * series + low]! : sums[series]!;
      if (value === 0 && metric.absentAtZero === true) continue;
      text += `${name}${labels} ${value}\n`;
      if (text.length < CHUNK) continue;
      yield text;
      text = '';
    }
    yield text;
  }

  #sums({ value }: TableMetric<View>): BigUint64Array {
    const sums = new BigUint64Array(this.#labels.length);
    let index = 0;
    this.#walk((view) => {
      sums[this.#seriesIndexes[index++]!]! += BigInt(value(view));
    });
    return sums;
  }

  /** Yields the text of an info metric in chunks. */
  *info(info: TableInfoMetric<View>, format: MetricsFormat): Generator<string> {
    const name = sampleName(info);
    const written = new Set<string>();
    let index = 0;
    this.#walk((view) => {
      const labels = this.#labels[this.#seriesIndexes[index++]!]!;
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

/**
 * Makes the series of a table, with the labels of a scheme. They read the records, and are valid as long as those are.
 */
export function seriesOf(records: ServiceRecords, scheme: LabelScheme, labels: LabelOptions): TableSeries {
  const labelsOfService = labelWriter(scheme.service, labels, scheme.writesEmpty);
  const labelsOfDestination = labelWriter(scheme.destination, labels, scheme.writesEmpty);
  const serviceLabels: string[] = [];
  let destinationCount = 0;
  const services = new Series<ServiceView>(
    records.length,
    (each) => {
      const cursor = records.cursor();
      while (cursor.nextService()) each(cursor.service, cursor.index);
    },
    (view) => {
      const text = labelsOfService(view);
      serviceLabels.push(text);
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
    (view, serviceIndex) => {
      const ofService = serviceLabels[serviceIndex]!;
      const own = labelsOfDestination(view);
      return ofService === '' || own === '' ? ofService + own : `${ofService},${own}`;
    },
  );
  return { services, destinations, destinationCount };
}
