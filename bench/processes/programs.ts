import { join } from 'node:path';
import { projectFolder } from '../../test/kernel/lab/project.ts';

/** The programs that are measured as whole processes. */
export type ProgramName =
  | 'empty-node'
  | 'ipvsadm'
  | 'c-single'
  | 'ipvs-per-service'
  | 'ipvs-single'
  | 'c-recording'
  | 'ipvs-recording';

/** A program with its arguments. */
export interface Program {
  readonly name: ProgramName;
  readonly command: string;
  readonly args: readonly string[];
  /** Whether it lists the table. */
  readonly listsTable: boolean;
}

/** Labels of the programs in tables. */
export const programLabels: Readonly<Record<ProgramName, string>> = {
  'empty-node': 'an empty Node program',
  ipvsadm: 'ipvsadm -Sn',
  'c-single': 'C on libnl, single dump',
  'ipvs-per-service': 'ipvs -Sn --per-service',
  'ipvs-single': 'ipvs -Sn --single',
  'c-recording': 'C on libnl, from a recording',
  'ipvs-recording': 'ipvs -Sn, from a recording',
};

const launcher = join(projectFolder, 'dist/lib/cli/launcher.cjs');

/** An empty Node program. */
const emptyNode: Program = {
  name: 'empty-node',
  command: process.execPath,
  args: ['-e', ''],
  listsTable: false,
};

function ipvs(name: ProgramName, ...args: readonly string[]): Program {
  return { name, command: process.execPath, args: [launcher, '-Sn', ...args], listsTable: true };
}

/**
 * Returns the programs that list the table of a kernel, in C and in Node. `ipvsListPath` is the path of
 * `ipvs-list`, if it is available.
 */
export function kernelPrograms(hasSingleDump: boolean, ipvsListPath: string | undefined): readonly Program[] {
  const single: readonly Program[] = [
    ...(ipvsListPath === undefined
      ? []
      : [{ name: 'c-single', command: ipvsListPath, args: [], listsTable: true } as const]),
    ipvs('ipvs-single', '--single'),
  ];
  return [
    emptyNode,
    { name: 'ipvsadm', command: 'ipvsadm', args: ['-Sn'], listsTable: true },
    ipvs('ipvs-per-service', '--per-service'),
    ...(hasSingleDump ? single : []),
  ];
}

/** Returns the programs that list a recording, which they read from `file`. */
export function programsReading(file: string, ipvsListPath: string | undefined): readonly Program[] {
  return [
    emptyNode,
    ...(ipvsListPath === undefined
      ? []
      : [
          {
            name: 'c-recording',
            command: ipvsListPath,
            args: ['--recording', file],
            listsTable: true,
          } satisfies Program,
        ]),
    ipvs('ipvs-recording', '--from', file),
  ];
}
