import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findEnvoy, hasIpv6, readGiven, readRedirection, readResource, readToken } from './agent-inputs.ts';
import type { AgentLog } from './agent-log.ts';
import { fetchBootstrap, type BootstrapServer } from './bootstrap-client.ts';
import { bootstrapRequest, type AgentParts } from './bootstrap-request.ts';
import { accessLogPipePath, openAccessLogPipe, type AccessLogPipe } from './access-log/access-log-pipe.ts';
import { adminAddress } from './envoy-admin.ts';
import { MetricsService } from './metrics/metrics-service.ts';
import { NameService } from './name-service.ts';
import { otelInventory } from './otel/otel-env.ts';
import { OtelService } from './otel/otel-service.ts';
import { leaveRotation } from './leave-rotation.ts';
import { startProcessGuard } from './process-guard.ts';
import type { ProxyResource } from './proxy-resource.ts';
import { startReadinessReporter } from './readiness-reporter.ts';
import type { RunSettings } from './run-settings.ts';
import { SupervisedEnvoy } from './supervised-envoy.ts';
import { DEFAULT_TRANSPARENT_PROXY, type TransparentProxyConfig } from './transparent-proxy-config.ts';
import { openWorkDir, sweepStaleWorkDirs, type WorkDir } from './work-dir.ts';

/** Well-known places of a machine's CA bundle. */
const SYSTEM_CAS = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem', '/etc/ssl/cert.pem'];
const STABLE_MS = 60_000;

/** Signals for an agent, as calls. */
export interface AgentControls {
  /** SIGTERM or SIGINT. */
  onTerminate(listener: () => void): void;
  /** SIGUSR2. */
  onDrainOnly(listener: () => void): void;
}

/**
 * Runs a proxy from bootstrap to its end. Resolves when it ended because it was asked to, after everything that it made is
 * gone. Rejects with a MeshError when it cannot start.
 */
export async function runAgent(settings: RunSettings, controls: AgentControls, log: AgentLog): Promise<void> {
  for (const option of settings.ignored) log.warn(`${option} has no meaning here and is ignored`);
  const resource = await readResource(settings);
  const ca = settings.caCert ?? (settings.caCertFile === undefined ? undefined : await readGiven(settings.caCertFile, '--ca-cert-file'));
  const redirection = await readRedirection(settings);
  const binary = await findEnvoy(settings, log);
  for (const folder of sweepStaleWorkDirs()) log.info(`removed ${folder}, left behind by an agent that was killed`);
  const workDir = await openWorkDir(settings.workDir);
  const guard = startProcessGuard(workDir.temporary ? workDir.path : undefined);
  try {
    await runInWorkDir({ settings, controls, log, resource, ca, redirection, binary, workDir, guard });
  } finally {
    guard.release();
    workDir.remove();
  }
}

interface Prepared {
  readonly settings: RunSettings;
  readonly controls: AgentControls;
  readonly log: AgentLog;
  readonly resource: ProxyResource | undefined;
  readonly ca: string | undefined;
  /** Undefined where the agent was not told of one. */
  readonly redirection: TransparentProxyConfig | undefined;
  readonly binary: Awaited<ReturnType<typeof findEnvoy>>;
  readonly workDir: WorkDir;
  readonly guard: ReturnType<typeof startProcessGuard>;
}

async function runInWorkDir(prepared: Prepared): Promise<void> {
  const { settings, controls, log } = prepared;
  let envoy: SupervisedEnvoy | undefined;
  let names: NameService | undefined;
  let metrics: MetricsService | undefined;
  let otel: OtelService | undefined;
  const stop = new AbortController();
  controls.onTerminate(() => { stop.abort(); envoy?.terminate(); });
  controls.onDrainOnly(() => envoy?.drainOnly());
  const readiness = await startReadinessReporter({
    port: settings.readinessPort,
    host: settings.kubernetes ? '0.0.0.0' : '127.0.0.1',
    readiness: async () => {
      const word = (await envoy?.readiness()) ?? 'NOT_READY';
      return word === 'READY' && names?.ready === false ? 'NOT_READY' : word;
    },
  });
  if (settings.readinessPort === undefined && readiness.port !== 9902) log.info(`port 9902 for readiness is taken, using ${readiness.port}`);
  const accessLog = await accessLogPipe(prepared);
  try {
    const parts = { dns: dnsPort(prepared) > 0, accessLogPipe: accessLog !== undefined, otel: settings.otelPipe ? otelInventory(process.env) : undefined };
    const bootstrap = await bootstrapFor(prepared, { readinessPort: readiness.port, parts, signal: stop.signal });
    if (bootstrap === undefined) return;
    names = parts.dns ? await nameService(prepared) : undefined;
    metrics = await metricsService(prepared, bootstrap);
    otel = settings.otelPipe ? otelService(prepared, metrics) : undefined;
    envoy = await envoyFor(prepared, bootstrap);
    if (stop.signal.aborted) return;
    envoy.start();
    await envoy.finished;
    log.info('Envoy has ended; nothing is left behind');
  } finally {
    names?.close();
    metrics?.close();
    otel?.close();
    accessLog?.close();
    readiness.close();
  }
}

async function envoyFor(prepared: Prepared, bootstrap: string): Promise<SupervisedEnvoy> {
  const { settings, binary, guard, log, workDir } = prepared;
  const bootstrapFile = join(workDir.path, 'bootstrap.yaml');
  await writeFile(bootstrapFile, bootstrap, { mode: 0o600 });
  return new SupervisedEnvoy({
    options: { binary: binary.path, bootstrapFile, drainTimeMs: settings.drainTimeMs, concurrency: settings.concurrency, logLevel: settings.envoyLogLevel, componentLogLevel: settings.envoyComponentLogLevel },
    admin: adminAddress(bootstrap),
    guard,
    leave: () => leave(prepared),
    log,
    pace: { baseMs: settings.restartBaseBackoffMs, maxMs: settings.restartMaxBackoffMs, stableMs: STABLE_MS },
  });
}

async function leave({ settings, resource, ca, workDir, log }: Prepared): Promise<void> {
  // What was said of the connection at the start need not be said again.
  const server = controlPlane(settings, ca, { ...log, warn: () => undefined });
  await leaveRotation(server, { ...identity(settings, resource), proxyType: settings.proxyType, token: async () => (await readToken(settings, workDir)).token }, log);
}

/** Without a pipe the agent runs all the same: then access logs for TCP receivers are not announced. */
function accessLogPipe({ settings, resource, workDir, log }: Prepared): Promise<AccessLogPipe | undefined> {
  const { name, mesh } = identity(settings, resource);
  return openAccessLogPipe(accessLogPipePath(workDir.path, name, mesh), (text) => log.warn(text)).catch((error: unknown) => {
    log.warn(`access logs for TCP receivers are off: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
}

/** Without the socket the agent runs all the same. */
function metricsService({ settings, resource, workDir, log }: Prepared, bootstrap: string): Promise<MetricsService | undefined> {
  return MetricsService.start({ workDir: workDir.path, ...identity(settings, resource), envoy: adminAddress(bootstrap), intervalMs: settings.dynamicConfigIntervalMs, log }).catch((error: unknown) => {
    log.warn(`metrics are off: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  });
}

function otelService({ settings, workDir, log }: Prepared, metrics: MetricsService | undefined): OtelService {
  return new OtelService({
    workDir: workDir.path, intervalMs: settings.dynamicConfigIntervalMs, env: process.env, localhost: settings.hostIp ?? '127.0.0.1', log,
    onMetricTargets: (targets) => metrics?.pushTo(targets),
  });
}

/** Where the agent answers names: where it was told to, or where redirection leads by default. 0: nowhere. */
function dnsPort({ settings, redirection, resource }: Prepared): number {
  if (!settings.dnsEnabled || settings.proxyType !== 'dataplane') return 0;
  const redirected = redirection !== undefined || resource?.redirected === true;
  return settings.dnsProxyPort ?? (redirected ? (redirection ?? DEFAULT_TRANSPARENT_PROXY).dnsPort : 0);
}

function nameService(prepared: Prepared): Promise<NameService> {
  const { settings, redirection = DEFAULT_TRANSPARENT_PROXY, workDir, log } = prepared;
  return NameService.start({
    hosts: redirection.virtualNetworks ? ['0.0.0.0', '::'] : ['127.0.0.1', '::1'],
    port: dnsPort(prepared), workDir: workDir.path, resolvConf: redirection.resolvConf, intervalMs: settings.dynamicConfigIntervalMs, log,
  });
}

function identity(settings: RunSettings, resource: ProxyResource | undefined): { readonly name: string; readonly mesh: string } {
  return { name: resource?.name ?? settings.name ?? '', mesh: resource?.mesh ?? settings.mesh ?? (settings.proxyType === 'dataplane' ? 'default' : '') };
}

/** What the bootstrap request needs beside what is prepared. */
interface BootstrapCall {
  readonly readinessPort: number;
  readonly parts: AgentParts;
  readonly signal: AbortSignal;
}

/** The bootstrap, or undefined when the agent was told to end before it came. */
async function bootstrapFor(prepared: Prepared, { readinessPort, parts, signal }: BootstrapCall): Promise<string | undefined> {
  const { settings, resource, ca, binary, redirection, workDir, log } = prepared;
  const body = bootstrapRequest(settings, {
    ...identity(settings, resource),
    resource,
    ...(await readToken(settings, workDir)),
    caCert: ca ?? '',
    envoy: { version: binary.version, build: binary.build },
    workDir: workDir.path,
    readinessPort,
    systemCaPath: settings.systemCaPath ?? SYSTEM_CAS.find((path) => existsSync(path)) ?? '',
    operatingSystem: process.platform,
    hostHasIpv6: hasIpv6(),
    transparentProxy: redirection,
    parts,
  });
  const onRetry = (why: string): void => log.warn(`no bootstrap yet: ${why}; asking again every ${settings.retryBackoffMs / 1000} s`);
  try {
    const bootstrap = await fetchBootstrap(controlPlane(settings, ca, log), body, { backoffMs: settings.retryBackoffMs, maxDurationMs: settings.retryMaxDurationMs, onRetry, signal });
    log.info(`got the bootstrap for ${String(body['mesh'])}/${String(body['name'])} from ${settings.cpAddress.origin}`);
    return bootstrap;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

function controlPlane(settings: RunSettings, ca: string | undefined, log: AgentLog): BootstrapServer {
  const loopback = /^(localhost|127\..*|\[::1\])$/.test(settings.cpAddress.hostname);
  if (settings.cpAddress.protocol === 'https:' && ca === undefined && (loopback || settings.skipVerify)) {
    log.warn(settings.skipVerify
      ? 'the control plane\'s certificate is not verified (--skip-verify)'
      : 'the control plane on this machine is not verified, because no CA is given (--ca-cert-file)');
    return { url: settings.cpAddress, ca: undefined, verify: false };
  }
  return { url: settings.cpAddress, ca, verify: !settings.skipVerify };
}
