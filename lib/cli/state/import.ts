import { desiredStateText } from '../../ipvs/desired-file/index.ts';
import { type KeepalivedNote, readKeepalived } from '../../ipvs/keepalived/index.ts';
import { Status } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { System } from '../system.ts';
import { fileFormat } from './options.ts';

/** Converts a configuration of keepalived to a file for `ipvs apply` and `ipvs diff`. */
export async function runImport(line: SubcommandLine, system: System): Promise<number> {
  const { state, notes } = readKeepalived(line.operand, { configId: line.options.get('config-id') });
  if (!line.options.has('quiet')) for (const text of noteLines(notes)) system.writeError(`ipvs: ${text}`);
  system.write(await desiredStateText(state, fileFormat(line) ?? 'yaml'));
  return Status.DONE;
}

/**
 * Returns one line for all equal notes about a keyword: the position of the first, and the number of others.
 */
function noteLines(notes: readonly KeepalivedNote[]): string[] {
  const groups = new Map<string, { readonly first: KeepalivedNote; count: number }>();
  for (const note of notes) {
    const key = `${note.keyword}\n${note.text}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: note, count: 1 });
    else group.count++;
  }
  return Array.from(groups.values(), ({ first: { file, line, column, keyword, text }, count }) => {
    const more = count > 1 ? ` (and ${count - 1} more)` : '';
    return `${file}:${line}:${column}: ${keyword} ${text}${more}`;
  });
}
