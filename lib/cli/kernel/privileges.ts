import { textOfFile } from '../../text/text-file.ts';

/**
 * Why a process may not use IPVS: it does not run as root, is not in the initial user namespace, or lacks the
 * capability.
 */
export type MissingPrivilege = 'root' | 'initial-user-namespace' | 'capability';

/** Returns why the kernel refused this process access to IPVS; call it only after EPERM. */
export function missingPrivilege(): MissingPrivilege {
  if (!inInitialUserNamespace()) return 'initial-user-namespace';
  return process.geteuid?.() === 0 ? 'capability' : 'root';
}

/** Whether the process is in the initial user namespace, recognised by a map of every UID to itself. */
function inInitialUserNamespace(): boolean {
  const map = textOfFile('/proc/self/uid_map');
  return map === undefined || /^\s*0\s+0\s+4294967295\s*$/.test(map);
}

/** The error message for each missing privilege. */
export const PRIVILEGE_MESSAGES: Readonly<Record<MissingPrivilege, string>> = {
  root: 'not permitted to use IPVS: run as root',
  'initial-user-namespace':
    'not permitted to use IPVS from this user namespace: IPVS requires CAP_NET_ADMIN in the initial user namespace',
  capability: 'not permitted to use IPVS: this process lacks CAP_NET_ADMIN',
};
