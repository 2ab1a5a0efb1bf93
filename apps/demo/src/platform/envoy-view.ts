import { callAdmin } from '@weft/dp-agent';

/** What Envoy says of itself over its admin socket. Every method rejects when it does not answer. */
export class EnvoyView {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** True once Envoy has its first complete configuration. Never rejects. */
  async isReady(): Promise<boolean> {
    return this.#get('/ready').then(() => true, () => false);
  }

  /** Counters and gauges whose name matches a regular expression, by name. */
  async stats(filter: string): Promise<ReadonlyMap<string, number>> {
    const lines = (await this.#get(`/stats?filter=${encodeURIComponent(filter)}`)).split('\n');
    const pairs = lines.map((line) => /^(.+): (\d+)$/.exec(line)).filter((match) => match !== null);
    return new Map(pairs.map((match) => [match[1] ?? '', Number(match[2])] as const));
  }

  /** Sum of the stats whose name matches. */
  async sum(filter: string): Promise<number> {
    return [...(await this.stats(filter)).values()].reduce((total, value) => total + value, 0);
  }

  /** Addresses of the endpoints of the clusters of a service (`<service>` and its subsets `<service>-<hash>`). */
  async endpoints(service: string): Promise<readonly string[]> {
    const lines = (await this.#get('/clusters')).split('\n');
    const own = new RegExp(`^${service}(-[0-9a-f]+)?::([0-9.]+:[0-9]+)::health_flags::`);
    return [...new Set(lines.map((line) => own.exec(line)?.[2]).filter((address) => address !== undefined))].sort();
  }

  async #get(path: string): Promise<string> {
    const { status, body } = await callAdmin({ socketPath: this.#socketPath }, 'GET', path);
    if (status !== 200) throw new Error(`Envoy admin ${path}: ${status} ${body}`);
    return body;
  }
}
