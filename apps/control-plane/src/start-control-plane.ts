import type { Bus } from '@weft/bus';
import type { Clock } from '@weft/kernel';
import {
  addProcessMetrics, closeInReverse, createLogger, MetricRegistry, newInstanceId, startDiagnostics, systemClock,
  type LoadedConfig, type Logger, type RunningApp, type Stoppable,
} from '@weft/service-runtime';
import type { AppEntry } from './apps.ts';
import { chooseApps } from './choose-apps.ts';
import type { ControlPlaneConfig } from './control-plane-config.ts';
import { explainFailure } from './explain-failure.ts';
import { openBus } from './open-bus.ts';
import { openStore, type OpenedStore } from './open-store.ts';

/** What to start. */
export interface ControlPlaneOptions {
  readonly config: ControlPlaneConfig;
  readonly loaded: LoadedConfig;
  /** Names of the apps to run in this process; all where absent. */
  readonly apps?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: as `log.level` and `log.format` say, to standard error. */
  readonly log?: Logger;
  /** Default: that of the machine. */
  readonly clock?: Clock;
  /** Default: a fresh one. */
  readonly instance?: string;
  /** When it turns true while starting, starting ends early. */
  readonly isCancelled?: () => boolean;
}

/** A control plane, or the part of one that runs in this process. */
export interface RunningControlPlane {
  readonly instance: string;
  readonly apps: readonly RunningApp[];
  /** Role to `host:port`: `http`, `https`, `dpServer`, `dns`, `mads`, `diagnostics`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Resolves when every app is ready. */
  readonly ready: Promise<void>;
  isReady(): boolean;
  /** Closes everything in the reverse of its order; true if all of it closed. */
  close(): Promise<boolean>;
}

/** Opens store and bus, starts the apps in their order, and serves diagnostics meanwhile. Where one part fails, those before it are closed again and the failure is thrown in plain words. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<RunningControlPlane> {
  const { config, loaded } = options;
  const chosen = chooseApps({ mode: config.mode, busType: config.bus.type, ...(options.apps !== undefined && { names: options.apps }) });
  const clock = options.clock ?? systemClock;
  const instance = options.instance ?? newInstanceId();
  const log = options.log ?? loggerOf(config, instance);
  const started: Stoppable[] = [];
  const apps: RunningApp[] = [];
  const isReady = (): boolean => apps.length === chosen.length && apps.every((app) => app.isReady());
  try {
    const metrics = new MetricRegistry();
    const diagnostics = await serveDiagnostics(config, { isReady, metrics, started });
    const { bus, opened } = await openPorts(options, chosen, { instance, clock, started });
    for (const entry of chosen) {
      if (options.isCancelled?.() === true) break;
      const app = await entry.start({ ports: { config, bus, clock, log: log.child({ app: entry.name }), instance }, opened });
      apps.push(app);
      started.push(app);
    }
    exposeHeld(metrics, apps);
    const addresses = Object.assign({ diagnostics }, ...apps.map((app) => app.addresses)) as Record<string, string>;
    const ready = Promise.all(apps.map((app) => app.ready)).then(() => undefined);
    return { instance, apps, addresses, ready, isReady, close: () => closeInReverse(started.splice(0), { log }) };
  } catch (caught) {
    await closeInReverse(started, { log });
    throw explainFailure(caught, loaded);
  }
}

function loggerOf(config: ControlPlaneConfig, instance: string): Logger {
  const { level, format } = config.log;
  const chosen = format === 'plain' || format === 'json' ? { format: format } : {};
  return createLogger({ level, ...chosen, ...(process.stderr.isTTY ? {} : { fields: { instance } }) });
}

/** What the apps keep in memory, as gauges: `weft_xds_server_open_streams` and the like. */
function exposeHeld(metrics: MetricRegistry, apps: readonly RunningApp[]): void {
  for (const app of apps) {
    for (const name of Object.keys(app.held?.() ?? {})) metrics.gauge(`weft_${app.name.replaceAll('-', '_')}_${name}`, `${name.replaceAll('_', ' ')} that ${app.name} keeps in memory.`, () => app.held?.()[name] ?? 0);
  }
}

async function serveDiagnostics(config: ControlPlaneConfig, { isReady, metrics, started }: { readonly isReady: () => boolean; readonly metrics: MetricRegistry; readonly started: Stoppable[] }): Promise<string> {
  const stop = addProcessMetrics(metrics);
  metrics.gauge('weft_ready', '1 while every app of this process is ready.', () => (isReady() ? 1 : 0));
  const server = await startDiagnostics({ port: config.diagnostics.serverPort, isReady, metrics });
  started.push({
    name: 'diagnostics',
    close: () => {
      stop();
      return server.close();
    },
  });
  return server.address;
}

async function openPorts({ config, env }: ControlPlaneOptions, chosen: readonly AppEntry[], { instance, clock, started }: { readonly instance: string; readonly clock: Clock; readonly started: Stoppable[] }): Promise<{ readonly bus: Bus; readonly opened: OpenedStore | undefined }> {
  const opened = chosen.some(({ ownsStore }) => ownsStore) ? await openStore(config, clock, env) : undefined;
  if (opened !== undefined) started.push({ name: 'store', close: () => opened.store.close() });
  const bus = await openBus(config, clock, instance);
  started.push({ name: 'bus', close: () => bus.close() });
  return { bus, opened };
}
