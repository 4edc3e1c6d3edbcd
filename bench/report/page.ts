import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchResults } from '../figures.ts';
import type { StoredRun } from '../lab/stored-run.ts';
import { type Chart, reportCharts } from './charts.ts';
import { labTables, localTables } from './details.ts';
import { drawBars, drawLines, type Width } from './draw.ts';
import { summaryText } from './summary.ts';
import type { ReportTable } from './text.ts';
import { colourStyle } from './theme.ts';

const STYLE = `${colourStyle}
body { font: 16px/1.5 Helvetica, Arial, sans-serif; background: var(--background); color: var(--text); max-width: 900px; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
pre, .wide { overflow-x: auto; }
pre { font-size: .75rem; line-height: 1.35; border: 1px solid var(--line); padding: .8rem; }
figure { margin: 1.2rem 0; } figure svg { max-width: 100%; height: auto; display: block; }
.narrow { display: none; }
@media (max-width: 700px) { figure .wide-chart { display: none; } figure .narrow { display: block; } }
table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { vertical-align: bottom; } th:first-child, td:first-child { text-align: left; }
details { margin: 1rem 0; } summary { cursor: pointer; font-weight: bold; }
.note { color: var(--muted); font-size: .85rem; margin: .3rem 0; }
`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}

function row(tag: 'th' | 'td', cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
}

function section({ title, head, rows, notes = [] }: ReportTable): string {
  return [
    `<h2>${escapeHtml(title)}</h2>`,
    `<div class="wide"><table><thead>${row('th', head)}</thead><tbody>`,
    ...rows.map((cells) => row('td', cells)),
    '</tbody></table></div>',
    ...notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`),
  ].join('\n');
}

/** Draws a chart as SVG with the colours of the surrounding page. */
function draw(chart: Chart, width: Width): string {
  return 'bars' in chart ? drawBars(chart.bars, width) : drawLines(chart.lines, width);
}

/** Draws a chart as a standalone SVG file, which contains its colours. */
export function standaloneSvg(chart: Chart): string {
  const svg = draw(chart, 'wide');
  const inside = svg.indexOf('>') + 1;
  return `${svg.slice(0, inside)}\n<style>${colourStyle}</style>${svg.slice(inside)}\n`;
}

function figure(chart: Chart): string {
  const { title } = 'bars' in chart ? chart.bars : chart.lines;
  const wide = `<div class="wide-chart">${draw(chart, 'wide')}</div>`;
  const narrow = `<div class="narrow">${draw(chart, 'narrow')}</div>`;
  return `<figure aria-label="${escapeHtml(title)}">${wide}${narrow}</figure>`;
}

/** Returns the report as an HTML page. */
export function pageText(results: BenchResults, stored: StoredRun): string {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>ipvs-netlink: benchmark</title>',
    `<style>${STYLE}</style></head><body>`,
    '<h1>Reading a whole IPVS table</h1>',
    ...reportCharts(results, stored).map(figure),
    '<details><summary>Summary</summary>',
    `<pre>${escapeHtml(summaryText(results, stored))}</pre></details>`,
    '<details><summary>All tables of this run</summary>',
    ...localTables(results).map(section),
    '</details><details><summary>All tables of the last lab run</summary>',
    ...labTables(stored).map(section),
    '</details></body></html>',
    '',
  ].join('\n');
}

/** Writes the report to `index.html` in a directory, and returns its path. */
export function writeReport(results: BenchResults, stored: StoredRun, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'index.html');
  writeFileSync(file, pageText(results, stored));
  return file;
}
