import type { SourceEvent, StateSource } from '../../../../lib/ipvs/source/index.ts';

/** A desired state with services at these ports. */
export function stateText(...ports: readonly number[]): string {
  const services = ports.map((port) => ({
    protocol: 'tcp',
    address: '10.0.0.1',
    port,
    scheduler: 'rr',
    destinations: [{ address: '10.1.0.1', port, forwarding: 'masq' }],
  }));
  return JSON.stringify({ services });
}

/** The events of a source as texts: the ports of a state, or the problem. */
export class EventTexts {
  readonly #abort = new AbortController();
  readonly #events: AsyncGenerator<SourceEvent>;

  constructor(source: StateSource) {
    this.#events = source.events(this.#abort.signal);
  }

  async next(): Promise<string> {
    const { value, done } = await this.#events.next();
    if (done === true) return 'ended';
    if ('problem' in value) return value.problem.message;
    const warning = value.warning === undefined ? '' : ` ${value.warning}`;
    return value.state.services.map((service) => (service as { port: number }).port).join(' ') + warning;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#events.return(undefined);
  }
}
