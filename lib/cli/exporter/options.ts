import { parseListenAddress } from '../../http/index.ts';
import { type MetricNaming, type MetricsLabel, metricsLabels } from '../../metrics/index.ts';
import { didYouMean } from '../../text/closest-name.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';

/** Default address that the exporter listens on. */
const DEFAULT_ADDRESS = '127.0.0.1:10917';

/** The parsed options of `ipvs exporter`. */
export interface ExporterOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** The option --names. */
  readonly naming: MetricNaming;
  readonly labels: readonly MetricsLabel[] | undefined;
  /** The desired-state file whose names of services become labels. */
  readonly serviceNamesFile: string | undefined;
}

/** Returns the options of a command line. Throws a FieldError or a CommandError. */
export function exporterOptions({ options }: SubcommandLine): ExporterOptions {
  return {
    listen: parseListenAddress('--listen', options.get('listen') ?? DEFAULT_ADDRESS),
    naming: (options.get('names') as MetricNaming | undefined) ?? 'ipvs',
    labels: labelsOf(options.get('labels')),
    serviceNamesFile: options.get('service-names'),
  };
}

function labelsOf(list: string | undefined): readonly MetricsLabel[] | undefined {
  const labels = list?.split(',').filter((label) => label !== '');
  for (const label of labels ?? [])
    if (!metricsLabels.some((name) => name === label)) {
      const hint = didYouMean(label, metricsLabels) || `; the labels are ${metricsLabels.join(', ')}`;
      throw new CommandError(`--labels ${label}: no such label${hint}`, Status.USAGE_ERROR);
    }
  return labels as readonly MetricsLabel[] | undefined;
}
