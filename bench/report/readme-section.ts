import type { LabKernelResults } from '../figures.ts';
import { newestPatched, type StoredRun, stockOf } from '../lab/stored-run.ts';
import { median } from '../sampling/samples.ts';
import { growthChart, labSubtitle, speedUpChart } from './charts.ts';
import { comparedMethods } from './decoding-tables.ts';
import { standaloneSvg } from './page.ts';
import {
  acrossKernels,
  libnlRatio,
  processRatio,
  processSamples,
  publishedSpeedUp,
  readingRatio,
} from './ratios.ts';
import { intervalText, NO_FIGURE, ratioText, wrapped } from './text.ts';

const BEGIN = '<!-- The benchmark, made by `npm run bench:readme` from bench/results: -->';
const END = '<!-- the end of the benchmark -->';
/** Directory of the charts, relative to the project. */
const CHARTS = 'bench/results';
/** Width of the README's text, in columns. */
const WIDTH = 110;

/** Returns the README with a new benchmark section. Throws if it has no such section. */
export function withBenchmark(readme: string, stored: StoredRun): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('the readme has no section about the benchmark');
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${section(stored)}\n\n${readme.slice(end)}`;
}

/** Returns the charts of the README by path, relative to the project. */
export function readmeCharts(stored: StoredRun): ReadonlyMap<string, string> {
  const patched = newestPatched(stored);
  if (patched === undefined) return new Map();
  const subtitle = labSubtitle(patched);
  const charts = [
    speedUpChart('speed-up', patched.run, subtitle),
    growthChart('growth', patched.run, 'uniform', subtitle),
  ].filter((chart) => chart !== undefined);
  return new Map(charts.map((chart) => [`${CHARTS}/${chart.name}.svg`, standaloneSvg(chart)] as const));
}

function section(stored: StoredRun): string {
  const patched = newestPatched(stored);
  if (patched === undefined) return 'There is no stored run: `npm run bench -- --lab` makes one.';
  return [
    ...[...readmeCharts(stored).keys()].map((path) => `![${altTexts[path] ?? ''}](${path})`),
    'In one process, its sockets open and its code warm, one dump of everything against a request per service: ' +
      'how many times longer the latter takes, with 95 % intervals. The lower bound is reading the same datagrams ' +
      'and discarding them.',
    oneProcess(patched),
    ...processes(patched, stockOf(stored, patched)),
    ...inUserSpace(stored),
    provenance(stored),
  ]
    .map((part) => (part.startsWith('|') ? part : wrapped(part, '', WIDTH).join('\n')))
    .join('\n\n');
}

const altTexts: Readonly<Record<string, string>> = {
  [`${CHARTS}/speed-up.svg`]: 'How many times faster one dump of everything reads the table',
  [`${CHARTS}/growth.svg`]: 'Cost of one service as the table grows',
};

function oneProcess({ run }: LabKernelResults): string {
  return markdown(
    ['table', 'services', 'new sockets, as ipvsadm does', 'one socket', 'single dump over the lower bound'],
    run.tables.map((figures) => [
      figures.table,
      `${figures.services}`,
      intervalText(readingRatio(figures, 'new-sockets', 'single-sync')),
      intervalText(readingRatio(figures, 'per-service', 'single-sync')),
      intervalText(readingRatio(figures, 'single-sync', 'discard')),
    ]),
  );
}

function processes(patched: LabKernelResults, stock: LabKernelResults | undefined): string[] {
  if (patched.run.processes.length === 0) return [];
  return [
    'Whole processes, cold. C is compared with C and Node with Node, as emulation slows them down differently: in C, ' +
      '`ipvsadm -Sn` on the stock kernel against a libnl client of the single dump; in Node, `ipvs -Sn` with --per-service and with --single. ' +
      'The last column is what was published with the kernel change in 2020 (C, other hardware).',
    markdown(
      ['table', 'C against C', 'Node against Node', 'published in 2020'],
      patched.run.processes.map((figures) => {
        const stockFigures = stock?.run.processes.find(({ table }) => table === figures.table);
        const publishedRatio = publishedSpeedUp(figures.table);
        return [
          figures.table,
          intervalText(acrossKernels(stockFigures, 'ipvsadm', figures, 'c-single')),
          intervalText(processRatio(figures, 'ipvs-per-service', 'ipvs-single')),
          publishedRatio === undefined ? NO_FIGURE : ratioText(publishedRatio),
        ];
      }),
    ),
  ];
}

/** Returns the part about Node against C on a recording, and about decoding the same bytes. */
function inUserSpace({ userSpace }: StoredRun): string[] {
  if (userSpace === undefined) return [];
  const { processes, codec } = userSpace.userSpace;
  const smallest = processes[0];
  const [own, empty] = (['ipvs-recording', 'empty-node'] as const).map((name) =>
    processSamples(smallest, name),
  );
  const start =
    own === undefined || empty === undefined
      ? ''
      : ` On ${smallest!.table} it takes ${median(own).toFixed(0)} ms, of which an empty Node program takes ` +
        `${median(empty).toFixed(0)} ms.`;
  return [
    ...(processes.length === 0
      ? []
      : [
          'Listing a recording, a file with the replies to one single dump, needs no kernel with IPVS. `ipvs` is slower at it ' +
            'than a C program with libnl: ipvsadm lists small tables faster, and `ipvs` is faster only if a request per ' +
            'service costs more than the start of Node.' +
            start,
          markdown(
            ['recording', 'ipvs against C', 'ipvs against an empty Node program'],
            processes.map((figures) => [
              figures.table,
              intervalText(processRatio(figures, 'ipvs-recording', 'c-recording')),
              intervalText(processRatio(figures, 'ipvs-recording', 'empty-node')),
            ]),
          ),
        ]),
    ...(codec.length === 0
      ? []
      : [
          'Decoding the same bytes: into records (words of memory, without objects), into objects of which every field but ' +
            'the counters is read, and into objects of which every counter is read. Processor time as a multiple of ' +
            "libnl's (`nla_parse_nested` into structs), garbage collection included:",
          markdown(
            ['table', ...comparedMethods.map(([, short]) => short), 'plain C', 'npm `netlink`, no values'],
            codec
              .filter(({ kind }) => kind === 'benchmark')
              .map((figures) => [
                figures.table,
                ...comparedMethods.map(([method]) => intervalText(libnlRatio(figures, method))),
                intervalText(libnlRatio(figures, 'c-walk')),
                intervalText(libnlRatio(figures, 'npm-netlink')),
              ]),
          ),
        ]),
  ];
}

/** Returns what was measured, on which machine and when. */
function provenance({ kernels, userSpace }: StoredRun): string {
  const runs = kernels.map(
    ({ name, run, date, thoroughness, emulated }) =>
      `${name} (Linux ${run.release}${emulated ? ', emulated' : ''}${thoroughness === 'quick' ? ', a quick run' : ''}, ` +
      `${date.slice(0, 10)})`,
  );
  const { machine } = kernels[0]!;
  return (
    `Measured with \`npm run bench -- --lab\`, every sample in bench/results: ${runs.join('; ')}; Node ` +
    `${machine.node}, ${machine.processors} x ${machine.processor}` +
    (userSpace === undefined ? '' : `; in user space, without IPVS, ${userSpace.date.slice(0, 10)}`) +
    '. Emulation makes everything 20 to 50 times slower, so for kernels only ratios are given. Tables: the six of the ' +
    'benchmark published in 2020 (services x destinations of each; 8000+8000 are TCP services and firewall marks; uniform is ' +
    '8000x2), one like that of kube-proxy, one like that of an edge load balancer, and one with every feature of IPVS (bench/tables/table-kinds.ts).'
  );
}

/** Returns a table in Markdown with aligned columns. */
function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
