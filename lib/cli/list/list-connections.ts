import type { Command } from '../parse/command.ts';
import type { System } from '../system.ts';
import { connectionsText, parseConnections } from './connections.ts';

/** Lists the connections that the kernel shows in /proc. */
export async function listConnections(
  command: Command & { readonly do: 'list-connections' },
  system: System,
): Promise<void> {
  const connections = parseConnections(await system.readConnections(command.source));
  if (command.json) {
    const { jsonText } = await import('./json.ts');
    system.write(jsonText({ connections }, command.json));
    return;
  }
  let names: Parameters<typeof connectionsText>[2];
  if (!command.numeric) {
    const { shownNames } = await import('../names/shown-names.ts');
    const addresses = connections.flatMap(({ source, virtual, destination }) =>
      [source, virtual, destination].map(({ address }) => address),
    );
    names = await shownNames(addresses, system);
  }
  system.write(connectionsText(connections, command.engineData, names));
}
