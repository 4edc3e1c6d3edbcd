import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { charts } from './charts.ts';
import type { BenchResults } from './results.ts';
import { allTables, heading } from './tables.ts';
import type { Table } from './text.ts';

const STYLE = `
body { font: 15px/1.5 Helvetica, Arial, sans-serif; color: #1a1a1a; max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
figure { margin: 1.5rem 0; } figure svg { max-width: 100%; height: auto; border: 1px solid #e0e0e0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid #e0e0e0; text-align: right; white-space: nowrap; }
th { vertical-align: bottom; white-space: normal; } th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 14rem; }
.note { color: #555; font-size: .85rem; margin: .3rem 0; }
`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}

function row(tag: 'th' | 'td', cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
}

function section({ title, head, rows, notes = [] }: Table): string {
  return [
    `<h2>${escapeHtml(title)}</h2>`,
    `<div class="wide"><table><thead>${row('th', head)}</thead><tbody>`,
    ...rows.map((cells) => row('td', cells)),
    '</tbody></table></div>',
    ...notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`),
  ].join('\n');
}

/** Writes `index.html` and each chart as SVG to a folder, and returns the page's path. */
export function writeReport(results: BenchResults, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const drawn = charts(results);
  for (const { name, svg } of drawn) writeFileSync(join(folder, `${name}.svg`), `${svg}\n`);
  const page = [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><title>ipvs-netlink: benchmark</title>',
    `<style>${STYLE}</style></head><body>`,
    '<h1>Reading a whole IPVS table</h1>',
    ...heading(results)
      .split('\n')
      .map((line) => `<p>${escapeHtml(line)}</p>`),
    ...drawn.map(({ svg }) => `<figure>${svg}</figure>`),
    ...allTables(results).map(section),
    '</body></html>',
    '',
  ].join('\n');
  const file = join(folder, 'index.html');
  writeFileSync(file, page);
  return file;
}
