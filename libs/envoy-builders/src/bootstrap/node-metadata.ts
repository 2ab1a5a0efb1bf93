import type { JsonObject } from '@bufbuild/protobuf';
import { adminSocketPath, type BootstrapInput } from './bootstrap-input.ts';

/** The node's metadata, by which the control plane knows what agent and Envoy can do. Ports are texts; dots are part of a key. */
export function nodeMetadata(input: BootstrapInput): JsonObject {
  const { admin, version, resourceText, otelEnv, transparentProxy } = input;
  return {
    'dataplane.admin.address': admin === 'socket' ? '127.0.0.1' : admin.address,
    'dataplane.admin.port': String(admin === 'socket' ? input.adminPort : admin.port),
    ...(admin === 'socket' && { 'dataplane.admin.socketPath': adminSocketPath(input.workdir) }),
    ...portText('dataplane.dns.port', input.dnsPort),
    ...portText('dataplane.readinessReporter.port', input.readinessPort),
    ...(input.appProbeProxyEnabled && { 'dataplane.appProbeProxy.enabled': 'true' }),
    'dataplane.proxyType': input.proxyType,
    ...(resourceText !== undefined && { 'dataplane.resource': resourceText }),
    features: [...input.features],
    workdir: input.workdir,
    systemCaPath: input.systemCaPath,
    metricsCertPath: input.metricsCertPath,
    metricsKeyPath: input.metricsKeyPath,
    'spireAgent.socketPath': input.spireSocketPath,
    ipv6Enabled: input.ipv6Enabled,
    ...(version !== undefined && { version }),
    ...(Object.keys(input.dynamicMetadata).length > 0 && { dynamicMetadata: { ...input.dynamicMetadata } }),
    ...(otelEnv !== undefined && { otelEnvInventory: { shared: null, traces: null, metrics: null, logs: null, validationErrors: [], ...otelEnv } }),
    ...(transparentProxy !== undefined && { transparentProxy }),
    ...(input.source !== undefined && { 'weft.source': { ...input.source } }),
  };
}

function portText(key: string, port: number | undefined): Record<string, string> {
  return port === undefined ? {} : { [key]: String(port) };
}
