import type { DrainConnections, DrainOptions, DrainResult } from '../../ipvs/drain.ts';
import { withClient } from '../kernel/reach.ts';
import { Status } from '../parse/command-line-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { System } from '../system.ts';
import { serverOfService } from './server-of-service.ts';

/** Connections are left, or the server got a weight again. */
const NOT_DRAINED = 1;

/** Drains a real server and shows how its connections end; see the subcommand's help for the status. */
export async function runDrain(line: SubcommandLine, system: System): Promise<number> {
  const { own, json } = line;
  const { service, server } = await serverOfService(line, system);
  const result = await withClient(line.source, system, (client) =>
    client.drain(service, server, drainOptions(line, system)),
  );
  if (json !== undefined) {
    const { jsonText } = await import('../list/json.ts');
    system.write(jsonText(result, json));
  } else if (!own.has('quiet')) system.write(`${outcomeText(result)}\n`);
  if (result.outcome === 'weight-changed' && json === undefined)
    system.writeError('ipvs: another writer gave it a weight again, so it was left alone');
  return result.removed || result.outcome === 'drained' || result.outcome === 'gone'
    ? Status.DONE
    : NOT_DRAINED;
}

function drainOptions({ own, json }: SubcommandLine, system: System): DrainOptions {
  const seconds = own.get('for');
  const shows = json === undefined && !own.has('quiet');
  let shown = '';
  let warned = false;
  return {
    grace: seconds === undefined ? undefined : Number(seconds) * 1000,
    inactive: own.has('inactive'),
    remove: own.has('remove'),
    onProgress(seen, warnings) {
      if (!warned) for (const { message } of warnings) system.writeError(`ipvs: ${message}`);
      warned = true;
      const text = connectionsText(seen);
      if (shows && text !== shown) system.write(`${text}\n`);
      shown = text;
    },
  };
}

function connectionsText(seen: DrainConnections): string {
  const { activeConnections, inactiveConnections, persistentConnections } = seen;
  return `${activeConnections} active, ${inactiveConnections} inactive, ${persistentConnections} persistent`;
}

const WORDS: Readonly<Record<DrainResult['outcome'], string>> = {
  drained: 'drained',
  'grace-over': 'connections are left',
  'weight-changed': 'not drained',
  gone: 'removed by another writer',
};

function outcomeText({ outcome, removed, weight }: DrainResult): string {
  return `${WORDS[outcome]}${removed ? ', removed' : ''} (the weight was ${weight})`;
}
