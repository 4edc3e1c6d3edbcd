export { FakeKernel } from './fake-kernel.ts';
export type { FakeKernelOptions, FakeSocketOptions, KernelVersion } from './fake-options.ts';
export { FakeSocket } from './fake-socket.ts';
export { FakeTransport } from './fake-transport.ts';
export type { Fault } from './faults.ts';
export type { DaemonSettings, StartedDaemon } from './ipvs/daemons.ts';
export type { Environment, Timeouts } from './ipvs/environment.ts';
export type { SingleDump } from './ipvs/ipvs-family.ts';
export type { Features } from './ipvs/table-encoding.ts';
export type {
  Connections,
  RawCounters,
  RawDaemon,
  RawDestination,
  RawService,
} from './ipvs/table-entries.ts';
export type { TableState } from './ipvs/table-state.ts';
export { RequestRefused } from './request-refused.ts';
export type { ServedFakeKernel, ServeOptions } from './server/serve.ts';
export { serveFakeKernel } from './server/serve.ts';
