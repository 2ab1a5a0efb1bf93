import { AGENT_VERSION } from './agent-version.ts';
import type { ProxyResource } from './proxy-resource.ts';
import type { RunSettings } from './run-settings.ts';

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
}

/** Builds the body of `POST /bootstrap` (Kuma 2.14). Pure. */
export function bootstrapRequest(settings: RunSettings, facts: BootstrapFacts): Readonly<Record<string, unknown>> {
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
    features: features(settings),
    resources: { maxHeapSizeBytes: settings.maxMemoryBytes },
    workdir: facts.workDir,
    metricsResources: { certPath: settings.metricsCertPath, keyPath: settings.metricsKeyPath },
    systemCaPath: facts.systemCaPath,
    ipv6Enabled: settings.ipv6Enabled,
    spireResources: { socketPath: '' },
    ...(settings.transparentProxy ? { dataplaneConfig: transparentProxy(settings) } : {}),
  };
}

/** Features that the agent announces. Those of Kuma which need a part that is absent here (access-log pipe, OTLP pipe, embedded DNS) are not among them. */
export function features(settings: RunSettings): readonly string[] {
  const when = (condition: boolean, feature: string): readonly string[] => (condition ? [feature] : []);
  return [
    ...when(settings.strictInboundPorts, 'feature-strict-inbound-ports'),
    ...when(settings.reusePort, 'feature-reuse-port'),
    ...when(settings.deltaXds, 'feature-delta-grpc'),
    ...when(settings.transparentProxy, 'feature-transparent-proxy-in-dataplane-metadata'),
    ...when(settings.bindOutbounds, 'feature-bind-outbounds'),
    ...when(settings.unifiedNaming, 'feature-unified-resource-naming'),
  ];
}

function transparentProxy(settings: RunSettings): Readonly<Record<string, unknown>> {
  return {
    ipFamilyMode: settings.ipv6Enabled ? 'DualStack' : 'IPv4',
    redirect: {
      inbound: { enabled: true, port: 15_006 },
      outbound: { enabled: true, port: 15_001 },
      dns: { enabled: settings.dnsEnabled, port: settings.dnsEnvoyPort },
    },
  };
}
