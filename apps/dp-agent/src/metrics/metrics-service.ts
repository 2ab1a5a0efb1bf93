import { join } from 'node:path';
import { equalData } from '@weft/kernel';
import type { AgentLog } from '../agent-log.ts';
import type { AdminAddress } from '../envoy-admin.ts';
import { DocumentPoller } from './document-poller.ts';
import { metricLines } from './metric-sources.ts';
import { NO_METRICS_CONFIG, readMetricsConfig, type MetricsConfig, type PushTarget } from './metrics-config.ts';
import { MetricsPusher } from './metrics-pusher.ts';
import { startMetricsServer, type MetricsServer } from './metrics-server.ts';

/** Without its ending: a path must fit into the address of a socket. Source: Kuma 2.14. */
const LONGEST = 98;

/** What the service works with. */
export interface MetricsServiceOptions {
  readonly workDir: string;
  readonly name: string;
  readonly mesh: string;
  readonly envoy: AdminAddress | undefined;
  readonly intervalMs: number;
  readonly log: AgentLog;
}

/** Metrics of Envoy and of applications in one: served on a socket that Envoy's listener for Prometheus leads to, and pushed to collectors. What is wanted is read from Envoy. */
export class MetricsService {
  readonly #options: MetricsServiceOptions;
  readonly #poller: DocumentPoller;
  #server: MetricsServer | undefined;
  #pushers: readonly MetricsPusher[] = [];
  #elsewhere: readonly PushTarget[] = [];
  #config: MetricsConfig = NO_METRICS_CONFIG;
  readonly #troubled = new Map<string, string>();

  private constructor(options: MetricsServiceOptions) {
    this.#options = options;
    this.#poller = new DocumentPoller({ socketPath: join(options.workDir, 'kuma-mesh-metric-config.sock'), path: '/meshmetric', intervalMs: options.intervalMs, onDocument: (body) => this.#take(body) });
  }

  /** Rejects where the socket cannot be made. */
  static async start(options: MetricsServiceOptions): Promise<MetricsService> {
    const service = new MetricsService(options);
    try {
      service.#server = await startMetricsServer(metricsSocketPath(options), () => service.#lines());
      return service;
    } catch (error) {
      service.close();
      throw error;
    }
  }

  close(): void {
    this.#poller.close();
    for (const pusher of this.#pushers) pusher.close();
    this.#server?.close();
  }

  /** Pushes there too: targets that stand in another document. */
  pushTo(targets: readonly PushTarget[]): void {
    if (equalData(targets, this.#elsewhere)) return;
    this.#elsewhere = targets;
    this.#restart();
  }

  #take(body: string | undefined): void {
    const config = body === undefined ? NO_METRICS_CONFIG : readMetricsConfig(body);
    if (config === undefined) {
      this.#options.log.warn('metrics: Envoy\'s document cannot be read; the last good one stays');
      return;
    }
    this.#config = config;
    this.#restart();
  }

  #restart(): void {
    const { targets, labels } = this.#config;
    this.#troubled.clear();
    for (const pusher of this.#pushers) pusher.close();
    const all = [...targets, ...this.#elsewhere.filter(({ socketPath }) => !targets.some((known) => known.socketPath === socketPath))];
    this.#pushers = all.map((target) => new MetricsPusher({ target, labels, lines: () => this.#lines(), onTrouble: (why) => this.#tell(target.name, why, 'metrics cannot be pushed there') }));
  }

  #lines(): AsyncGenerator<string[]> {
    return metricLines({ envoy: this.#options.envoy, config: this.#config, onTrouble: (source, why) => this.#tell(source, why) });
  }

  /** Once for each cause: scrapes come every few seconds. */
  #tell(source: string, why: string, what = 'its metrics are left out'): void {
    if (this.#troubled.get(source) === why) return;
    this.#troubled.set(source, why);
    this.#options.log.warn(`${source}: ${what}: ${why}`);
  }
}

/** Where Envoy asks for metrics. */
export function metricsSocketPath({ workDir, name, mesh }: Pick<MetricsServiceOptions, 'workDir' | 'name' | 'mesh'>): string {
  return `${`${workDir}/kuma-mh-${name}-${mesh}`.slice(0, LONGEST)}.sock`;
}
