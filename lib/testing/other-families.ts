import type { FakeFamily, FakeOperation } from './family.ts';
import { Errno, RequestRefused } from './request-refused.ts';

/** Returns the error for a command that the family does not have. */
export function notSupported(): RequestRefused {
  return new RequestRefused(Errno.EOPNOTSUPP, 'no such operation');
}

const TASKSTATS_GET: FakeOperation = {
  command: 1,
  admin: true,
  hasPolicy: true,
  run: () => {
    throw notSupported();
  },
};

/** Families unrelated to IPVS that most kernels have. */
export const otherFamilies: readonly (readonly [id: number, family: FakeFamily])[] = [
  [
    20,
    {
      name: 'acpi_event',
      version: 1,
      headerSize: 0,
      maxAttribute: 1,
      resvStartOp: 0,
      operations: [],
      groups: [{ id: 4, name: 'acpi_mc_group' }],
    },
  ],
  [
    22,
    {
      name: 'TASKSTATS',
      version: 1,
      headerSize: 0,
      maxAttribute: 4,
      resvStartOp: 5,
      operations: [TASKSTATS_GET, { ...TASKSTATS_GET, command: 4, admin: false }],
      groups: [],
    },
  ],
];
