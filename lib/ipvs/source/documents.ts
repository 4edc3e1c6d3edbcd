import { serviceKeyText } from '../../../protocol/ipvs/index.ts';
import { IpvsNetlinkError } from '../../../protocol/netlink/index.ts';
import { normalServiceKey } from '../plan/compare/normal-form.ts';
import type { DesiredState } from '../plan/index.ts';
import { SourceError } from './state-source.ts';

/** One of the files or values that together form a desired state. */
export interface Document {
  /** Name of the file or key, for messages. */
  readonly name: string;
  /** Reads and parses it. Rejects with a `DesiredFileError`, a {@link SourceError}, or the error of `node:fs`. */
  read(): Promise<DesiredState>;
}

/**
 * Reads all documents and merges them into one desired state. If exactly one document fails, rejects with its error.
 * Rejects with a {@link SourceError} that lists all errors if several fail, or if two documents contain the same
 * service or both set the timeouts, the sync daemons or the sysctls.
 */
export async function readDocuments(documents: readonly Document[]): Promise<DesiredState> {
  const states: { readonly name: string; readonly state: DesiredState }[] = [];
  const errors: unknown[] = [];
  for (const { name, read } of documents) {
    try {
      states.push({ name, state: await read() });
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new SourceError(errors.flatMap(linesOf));
  return states.length === 1 ? states[0]!.state : merged(states);
}

function linesOf(error: unknown): string[] {
  if (error instanceof IpvsNetlinkError) return error.message.split('\n');
  return [error instanceof Error ? error.message : String(error)];
}

function merged(states: readonly { readonly name: string; readonly state: DesiredState }[]): DesiredState {
  const documentNames = new Map<string, string>();
  const errors: string[] = [];
  const addOnce = (what: string, name: string): void => {
    const other = documentNames.get(what);
    if (other === undefined) documentNames.set(what, name);
    else errors.push(`${name}: ${what} is in ${other} as well`);
  };
  let settings: DesiredState = { services: [] };
  const services: DesiredState['services'][number][] = [];
  for (const { name, state } of states) {
    for (const service of state.services) {
      addOnce(`the service ${serviceKeyText(normalServiceKey(service))}`, name);
      services.push(service);
    }
    // Names of services are not used by reconciling.
    const { services: _, names: __, ...ownSettings } = state;
    for (const [setting, value] of Object.entries(ownSettings)) {
      if (value === undefined) continue;
      addOnce(setting, name);
      settings = { ...settings, [setting]: value };
    }
  }
  if (errors.length > 0) throw new SourceError(errors);
  return { ...settings, services };
}
