import type { MetricFamily } from '../../metrics/index.ts';
import type { TableDump } from './table-reader.ts';

/** Returns the metric families of the exporter itself: its last dump, the number of dumps, and its process. */
export function exporterMetricFamilies(
  { seconds, bytes, retries }: TableDump,
  dumpCount: number,
  version: string,
): readonly MetricFamily[] {
  const { user, system } = process.cpuUsage();
  return [
    {
      name: 'ipvs_exporter_build',
      type: 'info',
      help: 'The version of the exporter.',
      samples: [{ labels: { version }, value: 1 }],
    },
    {
      name: 'ipvs_exporter_dumps',
      type: 'counter',
      help: 'Number of dumps of the table; concurrent scrapes share a dump.',
      samples: [{ value: dumpCount }],
    },
    {
      name: 'ipvs_exporter_dump_duration_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'Duration of the dump that this scrape reports.',
      samples: [{ value: seconds }],
    },
    {
      name: 'ipvs_exporter_dump_received_bytes',
      type: 'gauge',
      unit: 'bytes',
      help: 'Bytes received from the kernel for the dump.',
      samples: [{ value: bytes }],
    },
    {
      name: 'ipvs_exporter_dump_retries',
      type: 'gauge',
      help: 'Number of times the dump was repeated because the table changed while it was being dumped.',
      samples: [{ value: retries }],
    },
    {
      name: 'process_cpu_seconds',
      type: 'counter',
      unit: 'seconds',
      help: 'User and system CPU time of the exporter.',
      samples: [{ value: (user + system) / 1e6 }],
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      unit: 'bytes',
      help: 'Resident memory of the exporter.',
      samples: [{ value: process.memoryUsage.rss() }],
    },
    {
      name: 'process_start_time_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'Start time of the exporter, in seconds since the Unix epoch.',
      samples: [{ value: START_TIME }],
    },
  ];
}

const START_TIME = Date.now() / 1000 - process.uptime();
