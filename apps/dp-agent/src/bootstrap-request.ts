import { AGENT_VERSION } from './agent-version.ts';
import type { ProxyResource } from './proxy-resource.ts';
import type { RunSettings } from './run-settings.ts';
import type { TransparentProxyConfig } from './transparent-proxy-config.ts';

/** What the bootstrap request says besides the settings. */
export interface BootstrapFacts {
  /** Name and mesh of the proxy; mesh is empty for zone proxies. */
  readonly name: string;
  readonly mesh: string;
  /** Undefined when the resource is made by someone else through the API. */
  readonly resource: ProxyResource | undefined;
  readonly token: string | undefined;
  readonly tokenPath: string | undefined;
  /** PEM that the agent trusts; empty asks the control plane for its own. */
  readonly caCert: string;
  readonly envoy: { readonly version: string; readonly build: string };
  readonly workDir: string;
  readonly readinessPort: number;
  readonly systemCaPath: string;
  readonly operatingSystem: string;
  /** Whether the host has IPv6 at all. */
  readonly hostHasIpv6: boolean;
  /** Undefined where the agent was not told of a redirection. */
  readonly transparentProxy: TransparentProxyConfig | undefined;
  readonly parts: AgentParts;
}

/** Parts of the agent that run, and are announced. */
export interface AgentParts {
  readonly dns: boolean;
  readonly accessLogPipe: boolean;
  /** What it says of the environment's variables for OpenTelemetry; undefined where it forwards nothing. */
  readonly otel: Readonly<Record<string, unknown>> | undefined;
}

/** Builds the body of `POST /bootstrap` (Kuma 2.14). Pure. */
export function bootstrapRequest(settings: RunSettings, facts: BootstrapFacts): Readonly<Record<string, unknown>> {
  const ipv6 = settings.ipv6Enabled && facts.hostHasIpv6;
  return {
    mesh: facts.mesh,
    name: facts.name,
    proxyType: settings.proxyType,
    ...(facts.token === undefined ? {} : { dataplaneToken: facts.token }),
    ...(facts.tokenPath === undefined ? {} : { dataplaneTokenPath: facts.tokenPath }),
    ...(facts.resource === undefined ? {} : { dataplaneResource: facts.resource.json }),
    version: { kumaDp: AGENT_VERSION, envoy: { ...facts.envoy, kumaDpCompatible: true } },
    caCert: facts.caCert,
    dynamicMetadata: settings.hostIp === undefined ? {} : { HOST_IP: settings.hostIp },
    dnsPort: settings.dnsEnvoyPort,
    readinessPort: facts.readinessPort,
    operatingSystem: facts.operatingSystem,
    features: features(settings, facts.parts),
    resources: { maxHeapSizeBytes: settings.maxMemoryBytes },
    workdir: facts.workDir,
    metricsResources: { certPath: settings.metricsCertPath, keyPath: settings.metricsKeyPath },
    systemCaPath: facts.systemCaPath,
    ipv6Enabled: ipv6,
    spireResources: { socketPath: '' },
    ...(facts.parts.otel === undefined ? {} : { otelEnv: facts.parts.otel }),
    ...(facts.transparentProxy === undefined ? {} : { dataplaneConfig: redirection(facts.transparentProxy, { ipv6, dns: { enabled: settings.dnsEnabled, port: settings.dnsEnvoyPort } }) }),
  };
}

/** Features that the agent announces. */
export function features(settings: RunSettings, parts: AgentParts): readonly string[] {
  const when = (condition: boolean, feature: string): readonly string[] => (condition ? [feature] : []);
  return [
    ...when(parts.accessLogPipe, 'feature-tcp-accesslog-via-named-pipe'),
    ...when(parts.otel !== undefined, 'feature-otel-via-kuma-dp'),
    ...when(parts.dns, 'feature-embedded-dns'),
    ...when(settings.strictInboundPorts, 'feature-strict-inbound-ports'),
    ...when(settings.reusePort, 'feature-reuse-port'),
    ...when(settings.deltaXds, 'feature-delta-grpc'),
    ...when(settings.transparentProxy, 'feature-transparent-proxy-in-dataplane-metadata'),
    ...when(settings.bindOutbounds, 'feature-bind-outbounds'),
    ...when(settings.unifiedNaming, 'feature-unified-resource-naming'),
  ];
}

/** The redirection as the control plane reads it. `dns.port` is the port of Envoy's DNS listener, not that of the redirection. */
function redirection(config: TransparentProxyConfig, { ipv6, dns }: { readonly ipv6: boolean; readonly dns: object }): Readonly<Record<string, unknown>> {
  const { inbound, outbound } = config;
  return { ipFamilyMode: config.ipv6 && ipv6 ? 'DualStack' : 'IPv4', redirect: { inbound, outbound, dns } };
}
