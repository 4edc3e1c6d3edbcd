import { readFileSync } from 'node:fs';

/**
 * The right that a process lacks when IPVS refuses it: another user, another user namespace, or the
 * capability.
 */
export type MissingRight = 'root' | 'initial-user-namespace' | 'capability';

/** Why IPVS refuses this process. */
export function missingRight(): MissingRight {
  if (!inInitialUserNamespace()) return 'initial-user-namespace';
  return process.geteuid?.() === 0 ? 'capability' : 'root';
}

/** Whether this is the initial user namespace: it alone maps every user to itself. */
function inInitialUserNamespace(path = '/proc/self/uid_map'): boolean {
  try {
    return /^\s*0\s+0\s+4294967295\s*$/.test(readFileSync(path, 'utf8'));
  } catch {
    return true;
  }
}

const MESSAGES: Readonly<Record<MissingRight, string>> = {
  root: 'no right to IPVS: run as root',
  'initial-user-namespace':
    'this user namespace has no right to IPVS, which asks for CAP_NET_ADMIN in the initial one',
  capability: 'no right to IPVS: this process lacks CAP_NET_ADMIN',
};

/** The message about a right that is missing. */
export function missingRightText(right: MissingRight): string {
  return MESSAGES[right];
}
