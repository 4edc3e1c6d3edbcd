import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { RatioEstimate } from '../sampling/ratio.ts';
import { ratioText, wrapped } from './text.ts';
import { colour } from './theme.ts';

use([BarChart, CustomChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** A bar: a measured ratio with its confidence interval, or the reason why there is none. */
export type Bar = RatioEstimate | { readonly unavailable: string };

/** A series of bars in one colour, with one bar per group. */
export interface BarSeries {
  readonly name: string;
  readonly colour: string;
  readonly bars: readonly Bar[];
}

/** A chart with groups of horizontal bars. */
export interface BarChartData {
  readonly title: string;
  /** Where and how it was measured. */
  readonly subtitle: string;
  readonly groups: readonly string[];
  readonly series: readonly BarSeries[];
  /** Unit of the axis. */
  readonly unit: string;
}

/** A line: values by number of services. */
interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly values: readonly (number | undefined)[];
}

/** A line chart with logarithmic axes. */
export interface LineChartData {
  readonly title: string;
  readonly subtitle: string;
  readonly services: readonly number[];
  readonly lines: readonly Line[];
  readonly unit: string;
}

/** Widths in pixels: on a large screen, and on a phone. */
const widths = { wide: 860, narrow: 380 } as const;
export type Width = keyof typeof widths;

type Option = Parameters<ReturnType<typeof init>['setOption']>[0];

const FONT = 'Helvetica, Arial, sans-serif';
const CHARACTER_WIDTH = 6.6;
const LINE_HEIGHT = 17;
const BAR_HEIGHT = 15;

/** Wraps a text to the width of a chart. */
function wrappedToWidth(text: string, width: Width): string[] {
  return wrapped(text, '', Math.floor((widths[width] - 32) / CHARACTER_WIDTH));
}

/** The text above a chart; `names` are in the legend. */
interface ChartHeader {
  readonly title: string;
  readonly subtitle: string;
  readonly names: readonly string[];
  readonly width: Width;
}

/** Returns the y offset of the legend, and the total height of title, subtitle and legend. */
function measureHeader({ title, subtitle, names, width }: ChartHeader): {
  readonly legendTop: number;
  readonly headerHeight: number;
} {
  const legendTop =
    18 + (wrappedToWidth(title, width).length + wrappedToWidth(subtitle, width).length) * LINE_HEIGHT + 8;
  const perLine = width === 'wide' ? 4 : 1;
  return { legendTop, headerHeight: legendTop + Math.ceil(names.length / perLine) * 20 + 14 };
}

/**
 * Parts of the SVG to strip, because they are unused or because their ids come from a process-wide counter and so
 * differ from run to run.
 */
const STRIPPED_OUTPUT: readonly RegExp[] = [
  / class="zr\d+-cls-\d+"/g,
  / ecmeta_[a-z_]+="[^"]*"/g,
  /<style\s*>\s*<!\[CDATA\[[\s\S]*?\]\]>\s*<\/style>\n?/g,
  / clip-path="url\(#zr\d+-c\d+\)"/g,
  /<defs\s*>[\s\S]*?<\/defs>\n?/g,
];

function render(header: ChartHeader, height: number, option: object): string {
  const { title, subtitle, names, width } = header;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: widths[width], height });
  chart.setOption({
    animation: false,
    backgroundColor: colour('background'),
    textStyle: { fontFamily: FONT, color: colour('text') },
    title: {
      text: wrappedToWidth(title, width).join('\n'),
      subtext: wrappedToWidth(subtitle, width).join('\n'),
      left: 12,
      top: 8,
      itemGap: 6,
      borderColor: colour('line'),
      textStyle: { fontSize: 14, lineHeight: LINE_HEIGHT, color: colour('text') },
      subtextStyle: { fontSize: 12, lineHeight: LINE_HEIGHT, color: colour('muted') },
    },
    legend: {
      data: [...names],
      top: measureHeader(header).legendTop,
      left: 8,
      orient: width === 'wide' ? 'horizontal' : 'vertical',
      icon: 'roundRect',
      itemWidth: 14,
      itemHeight: 8,
      itemGap: width === 'wide' ? 28 : 6,
      borderColor: colour('line'),
      textStyle: { fontSize: 12, color: colour('text') },
    },
    ...option,
  } as Option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return STRIPPED_OUTPUT.reduce((text, pattern) => text.replaceAll(pattern, ''), svg);
}

function axis(type: 'value' | 'log' | 'category', more: object): object {
  return {
    type,
    axisLine: { show: type === 'category', lineStyle: { color: colour('muted') } },
    axisTick: { show: false },
    axisLabel: { fontSize: 12, color: colour('text') },
    nameTextStyle: { fontSize: 12, color: colour('muted') },
    nameLocation: 'middle',
    splitLine: { show: type !== 'category', lineStyle: { color: colour('line') } },
    ...more,
  };
}

/** The part of the ECharts API for custom series that is used here. */
interface RenderItemApi {
  value(dimension: number): number;
  coord(value: readonly number[]): [number, number];
  barLayout(options: object): readonly { readonly offsetCenter: number }[];
}

const layout = { barGap: '15%', barCategoryGap: '30%' } as const;

/** Draws confidence intervals as lines with end caps, followed by the ratio; or the reason if there is none. */
function intervals(series: readonly BarSeries[], index: number): object {
  const { bars } = series[index]!;
  return {
    type: 'custom',
    silent: true,
    z: 10,
    encode: { x: [1, 2], y: 0 },
    data: bars.map((bar, group) => ('unavailable' in bar ? [group, 0, 0] : [group, bar.low, bar.high])),
    renderItem: ({ dataIndex }: { dataIndex: number }, api: RenderItemApi): object => {
      const bar = bars[dataIndex]!;
      const offset = api.barLayout({ ...layout, count: series.length })[index]!.offsetCenter;
      const [low, y] = api.coord([api.value(1), api.value(0)]);
      const [high] = api.coord([api.value(2), api.value(0)]);
      const middle = y + offset;
      const text = (x: number, content: string, fill: string): object => ({
        type: 'text',
        style: {
          text: content,
          x,
          y: middle,
          fill: colour(fill),
          font: `11px ${FONT}`,
          textVerticalAlign: 'middle',
        },
      });
      if ('unavailable' in bar) return { type: 'group', children: [text(low + 4, bar.unavailable, 'muted')] };
      const line = (x1: number, y1: number, x2: number, y2: number): object => ({
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style: { stroke: colour('text'), fill: 'none', lineWidth: 1.2 },
      });
      return {
        type: 'group',
        children: [
          line(low, middle, high, middle),
          line(low, middle - 3, low, middle + 3),
          line(high, middle - 3, high, middle + 3),
          text(high + 6, ratioText(bar.ratio), 'text'),
        ],
      };
    },
  };
}

/** Draws bars as SVG. */
export function drawBars(chart: BarChartData, width: Width): string {
  const { title, subtitle, groups, series, unit } = chart;
  const names = series.map(({ name }) => name);
  const header = { title, subtitle, names, width };
  const { headerHeight } = measureHeader(header);
  const height = headerHeight + groups.length * (series.length * BAR_HEIGHT * 1.15 + 14) + 52;
  const left = Math.max(...groups.map((group) => group.length)) * CHARACTER_WIDTH + 24;
  return render(header, Math.round(height), {
    grid: { left, right: 52, top: headerHeight, bottom: 46 },
    xAxis: axis('value', { name: unit, nameGap: 28, min: 0 }),
    yAxis: axis('category', { data: [...groups], inverse: true }),
    series: series.flatMap(({ name, bars }, index) => [
      {
        type: 'bar',
        name,
        silent: true,
        clip: false,
        ...layout,
        itemStyle: { color: colour(series[index]!.colour) },
        data: bars.map((bar) => ('unavailable' in bar ? 0 : Number(bar.ratio.toPrecision(4)))),
      },
      intervals(series, index),
    ]),
  });
}

/** Draws lines as SVG. */
export function drawLines(chart: LineChartData, width: Width): string {
  const { title, subtitle, services, lines, unit } = chart;
  const header = { title, subtitle, names: lines.map(({ name }) => name), width };
  const { headerHeight } = measureHeader(header);
  return render(header, headerHeight + 340, {
    grid: { left: 64, right: 28, top: headerHeight, bottom: 52 },
    xAxis: axis('category', {
      name: 'services',
      nameGap: 30,
      data: services.map((count) => (count >= 1000 ? `${count / 1000}k` : String(count))),
    }),
    yAxis: axis('log', { name: unit, nameGap: 46 }),
    series: lines.map(({ name, colour: seriesColour, dashed, values }) => ({
      type: 'line',
      name,
      silent: true,
      clip: false,
      symbol: 'circle',
      symbolSize: 7,
      lineStyle: { width: 2, type: dashed ? 'dashed' : 'solid', color: colour(seriesColour) },
      itemStyle: { color: colour(seriesColour) },
      data: values.map((value) => (value === undefined ? '-' : Number(value.toPrecision(4)))),
    })),
  });
}
