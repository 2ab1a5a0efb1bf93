import { join } from 'node:path';
import type { AgentLog } from './agent-log.ts';
import { DnsConfigPoller } from './dns/dns-config-poller.ts';
import { startDnsServer, type DnsServer } from './dns/dns-server.ts';
import { hostResolvers } from './dns/host-resolvers.ts';
import { UpstreamQueries, type NoAnswer } from './dns/upstream-queries.ts';

/** How long an agent waits for the first table before it says that it is ready. Source: Kuma 2.14. */
const FIRST_TABLE_MS = 15_000;
const WHY: Readonly<Record<NoAnswer, string>> = {
  timeout: 'the host\'s resolvers do not answer',
  overload: 'too many questions wait for the host\'s resolvers',
  loop: 'the agent\'s own queries are redirected to itself: install the redirection for the user that runs the agent (--kuma-dp-user)',
  'no-resolver': 'the host names no resolver',
};

/** What the service works with. */
export interface NameServiceOptions {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly workDir: string;
  readonly resolvConf: string;
  readonly intervalMs: number;
  readonly log: AgentLog;
}

/** Names of the mesh beside the application: a DNS server whose table comes from Envoy. */
export class NameService {
  readonly #poller: DnsConfigPoller;
  readonly #server: DnsServer;

  private constructor(poller: DnsConfigPoller, server: DnsServer) {
    this.#poller = poller;
    this.#server = server;
  }

  /** Rejects with `config/invalid` where the port is taken. */
  static async start({ hosts, port, workDir, resolvConf, intervalMs, log }: NameServiceOptions): Promise<NameService> {
    let told: NoAnswer | undefined;
    let first = true;
    const poller = new DnsConfigPoller({
      socketPath: join(workDir, 'kuma-mesh-metric-config.sock'), intervalMs, patienceMs: FIRST_TABLE_MS,
      onTable: ({ addresses }) => { if (first) log.info(`answers ${addresses.size} names of the mesh on port ${port}`); first = false; },
      onProblem: (why) => log.warn(`Envoy's table of names cannot be used (${why}); the last good one stays`),
    });
    const onNoAnswer = (why: NoAnswer): void => { if (why !== told) log.warn(`DNS: ${WHY[why]}`); told = why; };
    try {
      const server = await startDnsServer({ hosts, port, table: () => poller.table, upstream: new UpstreamQueries(hostResolvers(resolvConf)), onNoAnswer });
      return new NameService(poller, server);
    } catch (error) {
      poller.close();
      throw error;
    }
  }

  /** Port of the server. */
  get port(): number {
    return this.#server.port;
  }

  /** Whether the first table is there, or has been waited for long enough. */
  get ready(): boolean {
    return this.#poller.ready;
  }

  close(): void {
    this.#poller.close();
    this.#server.close();
  }
}
