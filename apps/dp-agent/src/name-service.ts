import { join } from 'node:path';
import { hostResolvers, plainForwarder, startDnsServer, UpstreamQueries, type DnsServer, type NoAnswer } from '@weft/dns-server';
import { MeshError } from '@weft/kernel';
import type { AgentLog } from './agent-log.ts';
import { DnsConfigPoller } from './dns/dns-config-poller.ts';

/** Client and agent share a host: nothing on the way between them cuts packets. */
const MOST_UDP_BYTES = 4096;
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
      onTable: ({ size }) => { if (first) log.info(`answers ${size} names of the mesh on port ${port}`); first = false; },
      onProblem: (why) => log.warn(`Envoy's table of names cannot be used (${why}); the last good one stays`),
    });
    const onNoAnswer = (why: NoAnswer): void => { if (why !== told) log.warn(`DNS: ${WHY[why]}`); told = why; };
    try {
      const forwarder = plainForwarder(new UpstreamQueries(hostResolvers(resolvConf)));
      const server = await startDnsServer({ hosts, port, lookup: (name) => poller.table.lookup(name), forwarder, onNoAnswer, mostUdpBytes: MOST_UDP_BYTES });
      return new NameService(poller, server);
    } catch (cause) {
      poller.close();
      throw new MeshError('config/invalid', `DNS on port ${port} cannot be served: ${cause instanceof Error ? cause.message : String(cause)}. Name another port (KUMA_DNS_PROXY_PORT; redirection must lead there), or turn it off with --dns-enabled=false.`, { cause });
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
