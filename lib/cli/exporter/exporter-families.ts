import type { MetricFamily } from '../../metrics/index.ts';
import type { Reading } from './table-reader.ts';

/** What the exporter tells of itself: its last dump, how many there were, and its process. */
export function exporterFamilies(
  { seconds, bytes, retries }: Reading,
  dumps: number,
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
      help: 'Times that the table was read; scrapes at the same time share one.',
      samples: [{ value: dumps }],
    },
    {
      name: 'ipvs_exporter_dump_duration_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'Time that reading this table took.',
      samples: [{ value: seconds }],
    },
    {
      name: 'ipvs_exporter_dump_received_bytes',
      type: 'gauge',
      unit: 'bytes',
      help: 'Length of what the kernel sent for it.',
      samples: [{ value: bytes }],
    },
    {
      name: 'ipvs_exporter_dump_retries',
      type: 'gauge',
      help: 'Times that reading it began again, as the table had changed meanwhile.',
      samples: [{ value: retries }],
    },
    {
      name: 'process_cpu_seconds',
      type: 'counter',
      unit: 'seconds',
      help: 'Processor time of the exporter, of user and system.',
      samples: [{ value: (user + system) / 1e6 }],
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      unit: 'bytes',
      help: 'Memory of the exporter that is in use.',
      samples: [{ value: process.memoryUsage.rss() }],
    },
    {
      name: 'process_start_time_seconds',
      type: 'gauge',
      unit: 'seconds',
      help: 'When the exporter was started, since 1970.',
      samples: [{ value: START }],
    },
  ];
}

const START = Date.now() / 1000 - process.uptime();
