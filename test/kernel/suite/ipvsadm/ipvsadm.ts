import { spawnSync } from 'node:child_process';

/** Exit status and standard output of a program. */
export interface RunResult {
  readonly status: number;
  readonly output: string;
}

/** Characters before and after each exit status, which follows the output. */
const STATUS_START = '\u0002';
const STATUS_END = '\u0001';

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A listing whose output no other one contains: it separates the outputs of a script. */
const SEPARATOR = ['-L', '--timeout'];
const SEPARATOR_LINE = /^Timeout \(tcp tcpfin udp\): .*\n/m;

/**
 * Runs rules and then listings in a single process of ipvsadm, as a restore file, and returns what
 * each listing printed. Standard error is not kept.
 */
export function ipvsadmScript(
  namespace: string,
  rules: readonly string[],
  listings: readonly string[],
): string[] {
  const separator = SEPARATOR.join(' ');
  const input = [...rules, ...listings.flatMap((listing) => [separator, listing]), separator].join('\n');
  const { stdout } = spawnSync('ip', ['netns', 'exec', namespace, 'ipvsadm', '-R'], {
    input: `${input}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  // A requested listing of timeouts looks like a separator; so separators are recognised by their position.
  const parts: string[] = [];
  let rest = stdout;
  for (const listing of listings) {
    rest = rest.replace(SEPARATOR_LINE, '');
    const timeouts = listing.includes('--timeout') ? (SEPARATOR_LINE.exec(rest)?.[0] ?? '') : '';
    const end = rest.slice(timeouts.length).search(SEPARATOR_LINE) + timeouts.length;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return parts;
}

/**
 * Runs ipvsadm with each of the command lines in a namespace, in order, from one shell: starting a
 * process is slow in an emulated guest. Standard error is not kept.
 */
export function ipvsadm(namespace: string, lines: readonly (readonly string[])[], input = ''): RunResult[] {
  const script = lines
    .map(
      (args) =>
        `ipvsadm ${args.map(quote).join(' ')} 2>/dev/null; printf '${STATUS_START}%d${STATUS_END}' $?\n`,
    )
    .join('');
  const { stdout } = spawnSync('ip', ['netns', 'exec', namespace, 'bash', '-c', script], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return stdout
    .split(STATUS_END)
    .slice(0, -1)
    .map((part) => {
      const statusStart = part.lastIndexOf(STATUS_START);
      return { output: part.slice(0, statusStart), status: Number(part.slice(statusStart + 1)) };
    });
}
