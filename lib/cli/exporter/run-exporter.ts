import { printable } from '../../../protocol/netlink/text/printable.ts';
import {
  type HttpServerOptions,
  listenAddressText,
  type ResponseContent,
  sharedCall,
} from '../../http/index.ts';
import { acceptedFormat, metricsContentTypes, metricsText } from '../../metrics/index.ts';
import { errorText, writeError } from '../kernel/error-text.ts';
import { listen } from '../listen.ts';
import { Status } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { System } from '../system.ts';
import { versionText } from '../version.ts';
import { exporterMetricFamilies } from './exporter-families.ts';
import { type ExporterOptions, exporterOptions } from './options.ts';
import { ServiceNamesFile } from './service-names.ts';
import { openTableReader, type TableReader } from './table-reader.ts';

/** Serves the metrics of the table until the process gets SIGINT or SIGTERM. */
export async function runExporter(line: SubcommandLine, system: System): Promise<number> {
  const options = exporterOptions(line);
  const onError = (error: unknown): void => writeError(error, system);
  const { serviceNamesFile: path } = options;
  const namesFile = path === undefined ? undefined : await ServiceNamesFile.open(path, onError);
  const stopped = system.untilStopped();
  const reader = await openTableReader(line.location, system);
  try {
    const server = await listen({
      listen: options.listen,
      handlers: handlers(reader, options, namesFile, system),
      onError,
    });
    system.writeError(`ipvs: serving http://${listenAddressText(server.address)}/metrics`);
    await stopped;
    await server.close();
    return Status.DONE;
  } finally {
    await reader.close();
  }
}

function handlers(
  reader: TableReader,
  { naming, labels }: ExporterOptions,
  namesFile: ServiceNamesFile | undefined,
  system: System,
): HttpServerOptions['handlers'] {
  const version = versionText().trim().split(' ').at(-1)!;
  let dumpCount = 0;
  // Concurrent scrapes share a dump.
  const read = sharedCall(async () => {
    const dump = await reader.read();
    dumpCount++;
    return { dump, serviceNames: await namesFile?.names() };
  });
  const orUnavailable = async (respond: () => Promise<ResponseContent>): Promise<ResponseContent> => {
    try {
      return await respond();
    } catch (error) {
      return { status: 503, body: `${printable(errorText(error, system))}\n` };
    }
  };
  return {
    '/metrics': ({ accept }) =>
      orUnavailable(async () => {
        const { dump, serviceNames } = await read();
        const format = acceptedFormat(accept);
        const { services, statistics } = dump;
        const metricFamilies = exporterMetricFamilies(dump, dumpCount, version);
        const rest = { naming, labels, serviceNames, statistics, families: metricFamilies };
        const body = metricsText(services, { format, ...rest });
        return { contentType: metricsContentTypes[format], body };
      }),
    '/healthz': () =>
      orUnavailable(async () => {
        await reader.check();
        return { body: 'ok\n' };
      }),
  };
}
