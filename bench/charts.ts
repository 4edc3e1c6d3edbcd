import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { DumpFigures } from './dumps.ts';
import { ratio } from './measure.ts';
import type { BenchResults, KernelRun } from './results.ts';
import { processTime, readsSingleDumps, singleAndStock, timeOf } from './tables.ts';
import { type WayName, ways } from './ways.ts';
import type { TableKind } from './workloads.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** A picture with the name of its file, without the ending. */
export interface Chart {
  readonly name: string;
  readonly svg: string;
}

const WIDTH = 860;
const HEIGHT = 460;

/** One colour for each way in every chart, apart also for the colour-blind (after Okabe and Ito). */
const colours: Readonly<Record<WayName, string>> = {
  reopened: '#000000',
  'per-service': '#D55E00',
  pool: '#E69F00',
  'single-sync': '#0072B2',
  'single-async': '#56B4E9',
  'single-streamed': '#009E73',
  'single-records': '#CC79A7',
  floor: '#999999',
};

type Option = Parameters<ReturnType<typeof init>['setOption']>[0];

function draw(name: string, title: string, subtitle: string, option: Option): Chart {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'Helvetica, Arial, sans-serif' },
    title: {
      text: title,
      subtext: subtitle,
      left: 16,
      top: 10,
      textStyle: { fontSize: 16 },
      subtextStyle: { fontSize: 12, color: '#555555' },
    },
    grid: { left: 80, right: 40, top: 110, bottom: 60 },
    // Wide gaps: where Helvetica is missing the names are wider than the library thinks.
    legend: {
      top: 62,
      left: 16,
      icon: 'roundRect',
      itemWidth: 14,
      itemHeight: 8,
      itemGap: 30,
      textStyle: { fontSize: 11 },
    },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return { name, svg };
}

function axis(type: 'log' | 'value' | 'category', name: string, more: object = {}): object {
  return {
    type,
    name,
    nameLocation: 'middle',
    nameGap: type === 'category' ? 32 : 56,
    splitLine: { lineStyle: { color: '#e6e6e6' } },
    ...more,
  };
}

function lines(growth: readonly DumpFigures[], value: (time: number, services: number) => number): object[] {
  return ways.flatMap(({ name, short }) => {
    const times = growth.map(({ figures }) => timeOf(figures, name)?.median);
    if (times.every((time) => time === undefined)) return [];
    return {
      type: 'line',
      name: short,
      symbol: 'circle',
      symbolSize: 7,
      lineStyle: { width: 2, type: name === 'floor' ? 'dashed' : 'solid' },
      color: colours[name],
      data: growth.map(({ workload }, index) => {
        const time = times[index];
        return time === undefined ? '-' : Number(value(time, workload.services).toPrecision(4));
      }),
    };
  });
}

function servicesAxis(growth: readonly DumpFigures[]): object {
  const counts = growth.map(({ workload }) => String(workload.services));
  const kind =
    growth[0]?.workload.kind === 'uniform' ? 'one destination each' : 'every kind, 6 destinations each';
  return axis('category', `services (${kind})`, { data: counts });
}

function growthCharts(run: KernelRun, where: string): Chart[] {
  return [...growthOf('uniform', '', run, where), ...growthOf('mixed', '-mixed', run, where)];
}

function growthOf(kind: TableKind, suffix: string, run: KernelRun, where: string): Chart[] {
  const growth = run.growth.filter(({ workload }) => workload.kind === kind);
  if (growth.length < 2) return [];
  return [
    draw(`time${suffix}`, 'Time to read the whole table', where, {
      xAxis: servicesAxis(growth),
      yAxis: axis('log', 'milliseconds, median'),
      series: lines(growth, (time) => time),
    }),
    draw(`cost${suffix}`, 'Cost of one service as the table grows', where, {
      xAxis: servicesAxis(growth),
      yAxis: axis('log', 'microseconds per service, median'),
      series: lines(growth, (time, services) => (time * 1000) / services),
    }),
  ];
}

function bars(name: string, colour: string, values: readonly (number | undefined)[]): object {
  return {
    type: 'bar',
    name,
    color: colour,
    barGap: '10%',
    label: { show: true, position: 'top', fontSize: 11, formatter: '{c}x' },
    data: values.map((value) => (value === undefined ? '-' : Number(value.toFixed(value < 10 ? 1 : 0)))),
  };
}

function speedUpChart({ dumps }: KernelRun, ipvsadm: KernelRun, where: string): Chart[] {
  const against = (way: WayName): (number | undefined)[] =>
    dumps.map(({ figures }) => ratio(timeOf(figures, way), timeOf(figures, 'single-sync')));
  const save = dumps.map(({ workload, figures }) =>
    ratio(processTime(ipvsadm, workload, '-Sn'), timeOf(figures, 'single-sync')),
  );
  const published = dumps.map(({ workload }) =>
    workload.published === undefined ? undefined : workload.published.stock / workload.published.changed,
  );
  const series = [
    {
      name: readsSingleDumps(ipvsadm) ? 'against ipvsadm -Sn' : 'against ipvsadm -Sn, stock',
      colour: '#CC79A7',
      values: save,
    },
    { name: 'against per service, reopened', colour: colours.reopened, values: against('reopened') },
    { name: 'against per service', colour: colours['per-service'], values: against('per-service') },
    { name: 'published in 2020 (ipvsadm -Sn)', colour: colours.floor, values: published },
  ].filter(({ values }) => values.some((value) => value !== undefined));
  if (series.length < 2) return [];
  return [
    draw('speed-up', 'How many times faster the single dump reads the table', where, {
      xAxis: axis('category', 'services x destinations', {
        data: dumps.map(({ workload }) => workload.name),
      }),
      yAxis: axis('value', 'times faster'),
      series: series.map(({ name, colour, values }) => bars(name, colour, values)),
    }),
  ];
}

/** The charts of a run that read single dumps, with what it ran on in each. */
export function charts({ machine, runs }: BenchResults): Chart[] {
  const { single, stock } = singleAndStock(runs);
  if (single === undefined) return [];
  const place =
    single.kind === 'fake' ? 'fake kernel in a process of its own' : `${single.place}, ${single.kernel}`;
  const where = `${place}; Node ${machine.node}, ${machine.processor}`;
  return [...growthCharts(single, where), ...speedUpChart(single, stock ?? single, where)];
}
