import { setTimeout as delay } from 'node:timers/promises';
import { type ServiceKey, serviceKeyText } from '../../../protocol/ipvs/index.ts';
import type { WatchEvent } from '../../ipvs/watch/index.ts';
import { type Table, tableChanges } from '../../ipvs/watch/table-changes.ts';
import { serviceOfLine } from '../change/server-of-service.ts';
import { withClient } from '../kernel/open-client.ts';
import { jsonLine } from '../list/json.ts';
import { CommandError, Status } from '../parse/command-error.ts';
import type { SubcommandLine } from '../parse/subcommands/subcommand-line.ts';
import { usesColour } from '../state/options.ts';
import type { System } from '../system.ts';
import { eventLine } from './event-lines.ts';

/** Prints the changes of the table, one line for each event, until it is interrupted. */
export async function runWatch(line: SubcommandLine, system: System): Promise<number> {
  const seconds = Number(line.options.get('period') ?? 1);
  if (seconds === 0) throw new CommandError('--period 0: must be 1 or more', Status.USAGE_ERROR);
  const service = await serviceOfLine(line, system);
  const colour = usesColour(await system.isTerminal(), process.env);
  const { json, location } = line;
  const show = (event: WatchEvent): void =>
    system.write(json === undefined ? eventLine(event, colour) : jsonLine(shownEvent(event), json));
  const period = seconds * 1000;
  if (location.fake?.file !== undefined) {
    for await (const event of fileEvents(line, system, period, service)) show(event);
    return Status.DONE;
  }
  return await withClient(location, system, (client) => {
    for (const event of client.watch({ period, service, strategy: location.strategy })) show(event);
    return Status.DONE;
  });
}

/** Returns an event as written in JSON: errors as their message, as they have no enumerable properties. */
function shownEvent(event: WatchEvent): object {
  return event.event === 'unreadable' ? { ...event, error: event.error.message } : event;
}

/** Yields the events of a fake kernel whose table is in a file, which other commands replace. */
async function* fileEvents(
  { location }: SubcommandLine,
  system: System,
  period: number,
  service: ServiceKey | undefined,
): AsyncGenerator<WatchEvent, void, void> {
  const read = (): Promise<Table> =>
    withClient(location, system, (client) => {
      const { services } = client.dump({ service });
      return new Map(services.map((service) => [serviceKeyText(service), service]));
    });
  let table = await read();
  yield { event: 'snapshot', time: new Date(), consistency: 'uninterrupted', services: [...table.values()] };
  for (;;) {
    await delay(period);
    const before = table;
    table = await read();
    for (const changes of tableChanges(before, table, new Date())) yield* changes;
  }
}
