import type { Level, Log } from '../../reconciler/log.ts';
import type { System } from '../system.ts';

/** Syslog priorities, which the systemd journal parses at the beginning of a line. */
const PRIORITIES: Readonly<Record<Level, number>> = { error: 3, warning: 4, info: 6 };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns a log on standard error. With `json` it writes objects; with `text`, lines with syslog priorities
 * under systemd, else with the time; with `plain`, for --once, only warnings and errors, in the form in which
 * other commands print them.
 */
export function logTo(
  system: Pick<System, 'writeError'>,
  style: 'json' | 'text' | 'plain',
  environment: Environment,
): Log {
  const inJournal = environment.JOURNAL_STREAM !== undefined;
  return {
    write(level, event, message, values = {}) {
      const time = new Date().toISOString();
      if (style === 'plain') {
        if (level !== 'info' && event !== 'waiting') system.writeError(`ipvs: ${message}`);
      } else if (style === 'json')
        system.writeError(JSON.stringify({ time, level, event, message, ...values }));
      else if (inJournal) system.writeError(`<${PRIORITIES[level]}>${message}`);
      else system.writeError(`${time} ${level === 'info' ? '' : `${level}: `}${message}`);
    },
  };
}
