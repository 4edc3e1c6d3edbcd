import { CommandFailure, runCommand } from '../process.ts';

/** The files that `ldd` lists for a program: its libraries and the dynamic loader, without the kernel's vdso. */
export function parseLdd(output: string): string[] {
  const files: string[] = [];
  for (const line of output.split('\n')) {
    if (/=>\s+not found/.test(line)) throw new Error(`a shared library is missing: ${line.trim()}`);
    const file = /^\s+(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1];
    if (file !== undefined) files.push(file);
  }
  return files;
}

/**
 * The shared libraries of these programs and native addons, each once; none for a static program. `folders` are
 * looked through before the system's own.
 */
export async function sharedLibraries(
  programs: Iterable<string>,
  folders: readonly string[] = [],
): Promise<Set<string>> {
  const libraries = new Set<string>();
  for (const program of programs) {
    const env = { LD_LIBRARY_PATH: folders.join(':') };
    const listed = await runCommand('ldd', [program], { env }).catch((error: unknown) => {
      if (error instanceof CommandFailure && /not a dynamic executable/.test(error.message)) return '';
      throw error;
    });
    for (const file of parseLdd(listed)) libraries.add(file);
  }
  return libraries;
}
