import { type CommandLineOption, optionSections } from './parse/options.ts';

const USAGE = `Usage:
  ipvs -A|-E service [-s scheduler] [-p [seconds]] [-M mask] [--pe engine] [-b flags] [-o]
  ipvs -D service
  ipvs -C
  ipvs -a|-e service -r server [-g|-i|-m] [-w weight] [-x most] [-y least] [tunnel options]
  ipvs -d service -r server
  ipvs [-L|-l] [service] [listing options]
  ipvs -S [-n] [--lossless]
  ipvs -R [--check] [--keep-going]
  ipvs -Z [service]
  ipvs --set tcp tcpfin udp
  ipvs --start-daemon master|backup [daemon options]
  ipvs --stop-daemon master|backup [--syncid id]
  ipvs info
  ipvs decode FILE.pcap
  ipvs apply|diff FILE, ipvs export (the wanted state as a file; see each without a file)
  ipvs completion bash|zsh|fish
`;

/** How wide the column of options is. */
const WIDTH = 36;

function optionLine(option: CommandLineOption): string {
  const names = option.short === undefined ? `    --${option.long}` : `-${option.short}, --${option.long}`;
  const value =
    option.value === undefined ? '' : option.valueOptional ? ` [${option.value}]` : ` ${option.value}`;
  return `  ${`${names}${value}`.padEnd(WIDTH)}  ${option.help}`;
}

/** What --help prints. */
export function helpText(): string {
  const sections = optionSections.map(
    ({ title, options }) =>
      `\n${title}:\n${options
        .filter(({ short }) => short !== 'l')
        .map(optionLine)
        .join('\n')}\n`,
  );
  return `ipvs: the Linux virtual server table, with ipvsadm's command line\n\n${USAGE}${sections.join('')}`;
}
