import { desiredTableText } from '../../ipvs/desired-file/index.ts';
import { type KeepalivedNote, readKeepalived } from '../../ipvs/keepalived/index.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { System } from '../system.ts';
import { fileFormat, StateStatus } from './options.ts';

/**
 * Writes what keepalived is configured to make of the table as a file that `ipvs apply` and `ipvs diff` read.
 */
export async function runImport(line: SubcommandLine, system: System): Promise<number> {
  const { table, notes } = readKeepalived(line.operand, { configId: line.own.get('config-id') });
  if (!line.own.has('quiet')) for (const text of noteLines(notes)) system.writeError(`ipvs: ${text}`);
  system.write(await desiredTableText(table, fileFormat(line) ?? 'yaml'));
  return StateStatus.SAME;
}

/**
 * A line for all notes that say the same of one keyword: where the first one is, and how many more there are.
 */
function noteLines(notes: readonly KeepalivedNote[]): string[] {
  const alike = new Map<string, { readonly first: KeepalivedNote; count: number }>();
  for (const note of notes) {
    const key = `${note.keyword}\n${note.text}`;
    const found = alike.get(key);
    if (found === undefined) alike.set(key, { first: note, count: 1 });
    else found.count++;
  }
  return Array.from(alike.values(), ({ first: { file, line, column, keyword, text }, count }) => {
    const more = count > 1 ? ` (and in ${count - 1} more places)` : '';
    return `${file}:${line}:${column}: ${keyword} ${text}${more}`;
  });
}
