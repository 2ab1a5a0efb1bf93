import { join, sep } from 'node:path';
import type { AgentLog } from '../agent-log.ts';
import { DocumentPoller } from '../metrics/document-poller.ts';
import type { PushTarget } from '../metrics/metrics-config.ts';
import { readOtelConfig, type OtelBackend } from './otel-config.ts';
import { otelRoute } from './otel-env.ts';
import { startOtelReceiver, type OtelReceiver } from './otel-receiver.ts';
import { sendOtlp, type OtlpSignal } from './send-otlp.ts';

/** What the service works with. */
export interface OtelServiceOptions {
  readonly workDir: string;
  readonly intervalMs: number;
  /** Environment of the agent, of which backends may take `OTEL_EXPORTER_OTLP_*`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Address of this machine's collector. */
  readonly localhost: string;
  readonly log: AgentLog;
  /** Hears which metrics are to be pushed, and to where. */
  readonly onMetricTargets: (targets: readonly PushTarget[]) => void;
}

interface Held {
  backend: OtelBackend;
  readonly receiver: Promise<OtelReceiver | undefined>;
}

/** Takes logs and spans from Envoy, a socket for each collector, and sends them on. Which there are is read from Envoy's `/otel`. */
export class OtelService {
  readonly #options: OtelServiceOptions;
  readonly #poller: DocumentPoller;
  /** By socket. */
  readonly #held = new Map<string, Held>();
  readonly #troubled = new Map<string, string>();

  constructor(options: OtelServiceOptions) {
    this.#options = options;
    this.#poller = new DocumentPoller({ socketPath: join(options.workDir, 'kuma-mesh-metric-config.sock'), path: '/otel', intervalMs: options.intervalMs, onDocument: (body) => this.#take(body) });
  }

  close(): void {
    this.#poller.close();
    for (const path of [...this.#held.keys()]) this.#drop(path);
  }

  #take(body: string | undefined): void {
    const backends = body === undefined ? [] : readOtelConfig(body);
    if (backends === undefined) return this.#options.log.warn('OpenTelemetry: Envoy\'s document cannot be read; the last good one stays');
    // A socket elsewhere is not ours to make.
    const ours = backends.filter(({ socketPath }) => socketPath.startsWith(this.#options.workDir + sep) && !socketPath.includes('..'));
    for (const path of [...this.#held.keys()]) if (!ours.some(({ socketPath }) => socketPath === path)) this.#drop(path);
    for (const backend of ours) this.#hold(backend);
    this.#troubled.clear();
    this.#options.onMetricTargets(ours.flatMap(({ name, socketPath, signals: { metrics } }) => (metrics === undefined ? [] : [{ name, socketPath, refreshIntervalMs: metrics.refreshIntervalMs, httpPath: undefined }])));
  }

  #hold(backend: OtelBackend): void {
    const { socketPath, name } = backend;
    const known = this.#held.get(socketPath);
    if (known !== undefined) {
      known.backend = backend;
      return;
    }
    const receiver = startOtelReceiver(socketPath, (signal, message) => this.#forward(socketPath, signal, message)).catch((error: unknown) => {
      this.#options.log.warn(`OpenTelemetry: no socket for ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    });
    this.#held.set(socketPath, { backend, receiver });
  }

  #drop(path: string): void {
    void this.#held.get(path)?.receiver.then((receiver) => receiver?.close());
    this.#held.delete(path);
  }

  async #forward(socketPath: string, signal: OtlpSignal, message: Uint8Array): Promise<void> {
    const backend = this.#held.get(socketPath)?.backend;
    const plan = backend?.signals[signal];
    if (backend === undefined || plan === undefined) throw new Error(`no policy sends ${signal} there`);
    const { env, localhost } = this.#options;
    const route = otelRoute(backend, { signal, plan, env, localhost });
    try {
      if ('blocked' in route) throw new Error(route.blocked);
      await sendOtlp(route.place, signal, message);
    } catch (error) {
      this.#tell(backend.name, signal, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** Once for each cause: exports come every second. */
  #tell(name: string, signal: OtlpSignal, why: string): void {
    if (this.#troubled.get(`${name} ${signal}`) === why) return;
    this.#troubled.set(`${name} ${signal}`, why);
    this.#options.log.warn(`${name}: ${signal} cannot be sent there: ${why}`);
  }
}
