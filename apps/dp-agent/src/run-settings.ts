import { err, MeshError, ok, type Result } from '@weft/kernel';
import { SettingSource, type Environment, type FlagValues } from './setting-source.ts';

/** Kinds of proxy an agent can run. */
export type ProxyType = 'dataplane' | 'ingress' | 'egress';

/** Settings of `weft-dp run`. Durations in milliseconds. Absent means: not given, and the place of use has no default. */
export interface RunSettings {
  readonly cpAddress: URL;
  readonly caCertFile: string | undefined;
  readonly caCert: string | undefined;
  readonly skipVerify: boolean;
  readonly name: string | undefined;
  /** Undefined unless given: a resource brings its own mesh. */
  readonly mesh: string | undefined;
  readonly proxyType: ProxyType;
  readonly dataplane: string | undefined;
  readonly dataplaneFile: string | undefined;
  readonly dataplaneVars: ReadonlyMap<string, string>;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly drainTimeMs: number;
  /** Undefined: `ensureEnvoy` finds one. */
  readonly binaryPath: string | undefined;
  /** Worker threads of Envoy; undefined leaves it to Envoy (one per core). */
  readonly concurrency: number | undefined;
  readonly envoyLogLevel: string | undefined;
  readonly envoyComponentLogLevel: string | undefined;
  /** Undefined: a private temporary folder, removed at the end. */
  readonly workDir: string | undefined;
  /** Undefined: 9902, or a free port where that is taken. 0: no readiness reporter. */
  readonly readinessPort: number | undefined;
  readonly dnsEnvoyPort: number;
  readonly dnsEnabled: boolean;
  /** Port where the agent answers names; undefined leaves it to the redirection, 0 means that it does not. */
  readonly dnsProxyPort: number | undefined;
  /** How often the agent asks its Envoy for what has changed. */
  readonly dynamicConfigIntervalMs: number;
  readonly transparentProxy: boolean;
  /** Paths of configurations of the redirection; `-` is standard input. */
  readonly transparentProxyConfigs: readonly string[];
  readonly bindOutbounds: boolean;
  readonly unifiedNaming: boolean;
  readonly ipv6Enabled: boolean;
  readonly strictInboundPorts: boolean;
  readonly reusePort: boolean;
  /** Whether Envoy's logs and spans for OpenTelemetry collectors pass the agent. */
  readonly otelPipe: boolean;
  readonly deltaXds: boolean;
  readonly metricsCertPath: string;
  readonly metricsKeyPath: string;
  readonly maxMemoryBytes: number;
  readonly systemCaPath: string | undefined;
  readonly hostIp: string | undefined;
  /** True on Kubernetes (POD_NAME is set): the readiness reporter then listens on all addresses. */
  readonly kubernetes: boolean;
  readonly retryBackoffMs: number;
  readonly retryMaxDurationMs: number;
  readonly restartBaseBackoffMs: number;
  readonly restartMaxBackoffMs: number;
  /** Options that were given, are Kuma's, and have no meaning here. */
  readonly ignored: readonly string[];
}

/** Options of Kuma 2.14 that concern parts which Weft's agent does not have (a CoreDNS beside it, files of logs). Accepted and named in a warning. */
export const IGNORED_FLAGS = [
  'dns-coredns-path', 'dns-coredns-config-template-path', 'dns-server-config-dir', 'dns-prometheus-port', 'dns-enable-logging',
  'log-level', 'log-output-path', 'log-max-size', 'log-max-retained-files', 'log-max-age',
] as const;

const PORT = { min: 0, max: 65_535 };

/** Reads all settings of `weft-dp run`, or an error of code `config/invalid` that names every bad one. Pure. */
export function readRunSettings(flags: FlagValues, env: Environment): Result<RunSettings, MeshError> {
  const source = new SettingSource(flags, env);
  const settings: Omit<RunSettings, 'cpAddress' | 'proxyType' | 'dataplaneVars'> = {
    ...readIdentity(source),
    ...readEnvoy(source),
    ...readFeatures(source),
    ...readRetries(source),
    hostIp: env['HOST_IP'],
    kubernetes: (env['POD_NAME'] ?? '') !== '',
    ignored: IGNORED_FLAGS.filter((flag) => flags[flag] !== undefined).map((flag) => `--${flag}`),
  };
  const cpAddress = readAddress(source);
  const proxyType = readProxyType(source);
  const dataplaneVars = readVariables(source);
  checkTogether(settings, source);
  if (source.violations.length > 0 || cpAddress === undefined) return err(describe(source));
  return ok({ ...settings, cpAddress, proxyType, dataplaneVars });
}

function readIdentity(source: SettingSource) {
  return {
    caCertFile: source.text({ flag: 'ca-cert-file', variable: 'CONTROL_PLANE_CA_CERT_FILE' }),
    caCert: source.text({ variable: 'CONTROL_PLANE_CA_CERT' }),
    skipVerify: source.flag({ flag: 'skip-verify', variable: 'CONTROL_PLANE_TLS_SKIP_VERIFY' }, false),
    name: source.text({ flag: 'name', variable: 'DATAPLANE_NAME' }),
    mesh: source.text({ flag: 'mesh', variable: 'DATAPLANE_MESH' }),
    dataplane: source.text({ flag: 'dataplane', variable: 'DATAPLANE_RUNTIME_RESOURCE' }),
    dataplaneFile: source.text({ flag: 'dataplane-file', variable: 'DATAPLANE_RUNTIME_RESOURCE_PATH' }),
    token: source.text({ flag: 'dataplane-token', variable: 'DATAPLANE_RUNTIME_TOKEN' }),
    tokenFile: source.text({ flag: 'dataplane-token-file', variable: 'DATAPLANE_RUNTIME_TOKEN_PATH' }),
  };
}

function readEnvoy(source: SettingSource) {
  return {
    drainTimeMs: source.duration({ flag: 'drain-time', variable: 'DATAPLANE_DRAIN_TIME' }, 30_000),
    binaryPath: source.text({ flag: 'binary-path', variable: 'DATAPLANE_RUNTIME_BINARY_PATH' }),
    concurrency: source.count({ flag: 'concurrency', variable: 'DATAPLANE_RUNTIME_CONCURRENCY' }, { min: 0, max: 4096 }) || undefined,
    envoyLogLevel: source.text({ flag: 'envoy-log-level', variable: 'DATAPLANE_RUNTIME_ENVOY_LOG_LEVEL' }),
    envoyComponentLogLevel: source.text({ flag: 'envoy-component-log-level', variable: 'DATAPLANE_RUNTIME_ENVOY_COMPONENT_LOG_LEVEL' }),
    workDir: source.text({ flag: 'work-dir', variable: 'DATAPLANE_RUNTIME_WORK_DIR' }) ?? source.text({ flag: 'config-dir', variable: 'DATAPLANE_RUNTIME_CONFIG_DIR' }),
    maxMemoryBytes: source.count({ variable: 'DATAPLANE_RESOURCES_MAX_MEMORY_BYTES' }, { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0,
    systemCaPath: source.text({ variable: 'DATAPLANE_RUNTIME_DYNAMIC_SYSTEM_CA_PATH' }),
    metricsCertPath: source.text({ flag: 'metrics-cert-path', variable: 'DATAPLANE_RUNTIME_METRICS_CERT_PATH' }) ?? '',
    metricsKeyPath: source.text({ flag: 'metrics-key-path', variable: 'DATAPLANE_RUNTIME_METRICS_KEY_PATH' }) ?? '',
  };
}

function readFeatures(source: SettingSource) {
  const transparentProxyConfigs = source.list({ flag: 'transparent-proxy-config' });
  return {
    readinessPort: source.count({ variable: 'READINESS_PORT' }, PORT),
    dnsEnvoyPort: source.count({ flag: 'dns-envoy-port', variable: 'DNS_ENVOY_DNS_PORT' }, PORT) ?? 15_054,
    dnsEnabled: source.flag({ flag: 'dns-enabled', variable: 'DNS_ENABLED' }, true),
    dnsProxyPort: source.count({ variable: 'DNS_PROXY_PORT' }, PORT) ?? source.count({ flag: 'dns-coredns-port', variable: 'DNS_CORE_DNS_PORT' }, PORT),
    dynamicConfigIntervalMs: source.duration({ variable: 'DATAPLANE_RUNTIME_DYNAMIC_CONFIGURATION_REFRESH_INTERVAL' }, 1000),
    transparentProxyConfigs,
    transparentProxy: source.flag({ flag: 'transparent-proxy' }, false) || transparentProxyConfigs.length > 0,
    bindOutbounds: source.flag({ flag: 'bind-outbounds', variable: 'DATAPLANE_RUNTIME_BIND_OUTBOUNDS' }, false),
    unifiedNaming: source.flag({ variable: 'DATAPLANE_RUNTIME_UNIFIED_RESOURCE_NAMING_ENABLED' }, false),
    ipv6Enabled: source.flag({ variable: 'DATAPLANE_RUNTIME_IPV6_ENABLED' }, true),
    strictInboundPorts: source.flag({ variable: 'DATAPLANE_RUNTIME_STRICT_INBOUND_PORTS_ENABLED' }, true),
    reusePort: source.flag({ variable: 'DATAPLANE_RUNTIME_REUSE_PORT_ENABLED' }, true),
    otelPipe: source.flag({ variable: 'DATAPLANE_RUNTIME_OTEL_PIPE_ENABLED' }, true),
    deltaXds: (source.text({ variable: 'DATAPLANE_RUNTIME_ENVOY_XDS_TRANSPORT_PROTOCOL_VARIANT' }) ?? 'DELTA_GRPC').toUpperCase() === 'DELTA_GRPC',
  };
}

function readRetries(source: SettingSource) {
  return {
    retryBackoffMs: source.duration({ variable: 'CONTROL_PLANE_RETRY_BACKOFF' }, 3000),
    retryMaxDurationMs: source.duration({ variable: 'CONTROL_PLANE_RETRY_MAX_DURATION' }, 300_000),
    restartBaseBackoffMs: source.duration({ variable: 'DATAPLANE_RESILIENT_COMPONENT_BASE_BACKOFF' }, 1000),
    restartMaxBackoffMs: source.duration({ variable: 'DATAPLANE_RESILIENT_COMPONENT_MAX_BACKOFF' }, 60_000),
  };
}

function readAddress(source: SettingSource): URL | undefined {
  const text = source.text({ flag: 'cp-address', variable: 'CONTROL_PLANE_URL' }) ?? 'https://localhost:5678';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['https:', 'http:'].includes(url.protocol)) return url;
  source.violations.push({ path: '--cp-address', message: `"${text}" is no URL of a control plane; write for example https://localhost:5678` });
  return undefined;
}

function readProxyType(source: SettingSource): ProxyType {
  const text = source.text({ flag: 'proxy-type', variable: 'DATAPLANE_PROXY_TYPE' }) ?? 'dataplane';
  if (text === 'dataplane' || text === 'ingress' || text === 'egress') return text;
  source.violations.push({ path: '--proxy-type', message: `${text} is not a valid proxy type (dataplane, ingress, egress)` });
  return 'dataplane';
}

function readVariables(source: SettingSource): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const pair of source.list({ flag: 'dataplane-var' })) {
    const at = pair.indexOf('=');
    if (at > 0) variables.set(pair.slice(0, at), pair.slice(at + 1));
    else source.violations.push({ path: '--dataplane-var', message: `"${pair}" is not of the form name=value` });
  }
  return variables;
}

function checkTogether(settings: ReturnType<typeof readIdentity>, source: SettingSource): void {
  const described = settings.dataplane !== undefined || settings.dataplaneFile !== undefined;
  if (settings.dataplane !== undefined && settings.dataplaneFile !== undefined) {
    source.violations.push({ path: '--dataplane', message: 'give the resource inline or as a file (--dataplane-file), not both' });
  }
  if (described && (settings.name !== undefined || settings.mesh !== undefined)) {
    source.violations.push({ path: '--name', message: '--name and --mesh cannot be specified when a dataplane definition is provided: the definition carries both' });
  }
  if (!described && settings.name === undefined) {
    source.violations.push({ path: '--name', message: 'says which proxy this is: give it, or a definition with --dataplane-file' });
  }
  if (settings.token !== undefined && settings.tokenFile !== undefined) {
    source.violations.push({ path: '--dataplane-token', message: 'give the token inline or as a file (--dataplane-token-file), not both' });
  }
}

function describe(source: SettingSource): MeshError {
  const lines = source.violations.map(({ path, message }) => `  ${path}: ${message}`);
  return new MeshError('config/invalid', `configuration validation failed:\n${lines.join('\n')}`, { violations: source.violations });
}
