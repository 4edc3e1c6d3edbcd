import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';

/** The paths of modprobe and of the kernel's modules. */
const PATHS = { modprobe: '/sbin/modprobe', modules: '/lib/modules' } as const;

/** Returns the modules directory of a kernel release; the directory need not exist. */
export function modulesDirectory(kernel: string, modules: string = PATHS.modules): string {
  return join(modules, kernel);
}

/**
 * Loads a kernel module with modprobe, as ipvsadm does. Returns false if modprobe fails. If the running kernel's
 * modules are not installed, as in a container, returns false without starting modprobe, which would double the time of
 * a command.
 */
export async function loadKernelModule(
  name: string,
  { modprobe, modules }: { readonly modprobe: string; readonly modules: string } = PATHS,
): Promise<boolean> {
  if (!existsSync(modulesDirectory(release(), modules))) return false;
  const { spawnSync } = await import('node:child_process');
  return spawnSync(modprobe, ['--', name], { stdio: 'ignore' }).status === 0;
}
