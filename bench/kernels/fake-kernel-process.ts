import { KernelServer } from '../../lib/testing/server/kernel-server.ts';
import { newFakeKernel } from './fake-kernel-table.ts';

// The process that `createFakeTable` starts: serves a new fake kernel for each benchmark table that it receives by
// name. One process serves all of them, so that V8 has compiled the fake kernel's code when any table but the first is
// read.

let server: KernelServer | undefined;

process.on('message', (benchmarkTable: string) => {
  server?.stop();
  server = new KernelServer(newFakeKernel(benchmarkTable));
  process.send?.(server.portId);
  void server.run();
});
process.once('disconnect', () => server?.stop());
