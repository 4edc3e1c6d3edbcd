import type { DrainConnections, DrainOptions, DrainResult } from '../../ipvs/drain.ts';
import { withClient } from '../kernel/open-client.ts';
import { Status } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import type { System } from '../system.ts';
import { serverOfService } from './server-of-service.ts';

/** Exit status if connections remain, or another program set the weight. */
const NOT_DRAINED = 1;

/** Drains a real server and shows its remaining connections; see the subcommand's help for the status. */
export async function runDrain(line: SubcommandLine, system: System): Promise<number> {
  const { options, json } = line;
  const { service, server } = await serverOfService(line, system);
  const result = await withClient(line.location, system, (client) =>
    client.drain(service, server, drainOptions(line, system)),
  );
  if (json !== undefined) {
    const { jsonText } = await import('../list/json.ts');
    system.write(jsonText(result, json));
  } else if (!options.has('quiet')) system.write(`${outcomeText(result)}\n`);
  if (result.outcome === 'weight-changed' && json === undefined)
    system.writeError('ipvs: another program set its weight, so draining was stopped');
  return result.removed || result.outcome === 'drained' || result.outcome === 'gone'
    ? Status.DONE
    : NOT_DRAINED;
}

function drainOptions({ options, json }: SubcommandLine, system: System): DrainOptions {
  const seconds = options.get('for');
  const printsProgress = json === undefined && !options.has('quiet');
  let previous = '';
  let warned = false;
  return {
    grace: seconds === undefined ? undefined : Number(seconds) * 1000,
    inactive: options.has('inactive'),
    remove: options.has('remove'),
    onProgress(current, warnings) {
      if (!warned) for (const { message } of warnings) system.writeError(`ipvs: ${message}`);
      warned = true;
      const text = connectionsText(current);
      if (printsProgress && text !== previous) system.write(`${text}\n`);
      previous = text;
    },
  };
}

function connectionsText(current: DrainConnections): string {
  const { activeConnections, inactiveConnections, persistentConnections } = current;
  return `${activeConnections} active, ${inactiveConnections} inactive, ${persistentConnections} persistent`;
}

const OUTCOMES: Readonly<Record<DrainResult['outcome'], string>> = {
  drained: 'drained',
  'grace-over': 'connections remain',
  'weight-changed': 'not drained',
  gone: 'removed by another program',
};

function outcomeText({ outcome, removed, weight }: DrainResult): string {
  return `${OUTCOMES[outcome]}${removed ? ', removed' : ''} (weight before draining: ${weight})`;
}
